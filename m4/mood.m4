# MOOD_REQUIRE_PKG(VARIABLE, PKG-CONFIG MODULE, DEBIAN PACKAGE): a library by its pkg-config file.
AC_DEFUN([MOOD_REQUIRE_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$2 is missing; on Debian: apt-get install $3])])
])

# MOOD_REQUIRE_LIB(VARIABLE, HEADER, LIBRARY, FUNCTION, DEBIAN PACKAGE): one without a pkg-config file.
AC_DEFUN([MOOD_REQUIRE_LIB], [
  AC_CHECK_HEADER([$2], [], [AC_MSG_ERROR([$2 is missing; on Debian: apt-get install $5])])
  AC_CHECK_LIB([$3], [$4], [], [AC_MSG_ERROR([lib$3 is missing; on Debian: apt-get install $5])], [-lm])
  LIBS=`echo " $LIBS " | sed 's/ -l$3 / /'`
  AC_SUBST([$1_CFLAGS], [])
  AC_SUBST([$1_LIBS], [-l$3])
])

# MOOD_TRY_FLAGS(COMPILER FLAGS, LINKER FLAGS, PROGRAM, IF ACCEPTED, [IF NOT]): compile and link with these flags. A
# warning, such as "unknown flag", counts as a refusal.
AC_DEFUN([MOOD_TRY_FLAGS], [
  AC_MSG_CHECKING([whether the compiler takes $1 $2])
  mood_saved_cflags=$CFLAGS mood_saved_ldflags=$LDFLAGS
  CFLAGS="$CFLAGS $1 -Werror" LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([$3], [mood_flags_accepted=yes], [mood_flags_accepted=no])
  CFLAGS=$mood_saved_cflags LDFLAGS=$mood_saved_ldflags
  AC_MSG_RESULT([$mood_flags_accepted])
  AS_IF([test "x$mood_flags_accepted" = xyes], [$4], [$5])
])

# MOOD_FORTIFY: _FORTIFY_SOURCE=3, or 2 with older compilers, in MOOD_HARDENING_CFLAGS. Not where the builder or the
# compiler defines it already, not without optimization (glibc requires it), and not with sanitizers, which check more.
AC_DEFUN([MOOD_FORTIFY], [
  m4_define([mood_fortify_program], [AC_LANG_PROGRAM([[
    #ifndef __OPTIMIZE__
    #error "no optimization"
    #endif
    #include <stdio.h>]], [[]])])
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
    #ifdef _FORTIFY_SOURCE
    #error "defined already"
    #endif]])], [mood_fortify=yes], [mood_fortify=no])
  AS_IF([test "x$mood_fortify" = xyes && test "x$enable_sanitizers" != xyes],
    [MOOD_TRY_FLAGS([-D_FORTIFY_SOURCE=3], [], [mood_fortify_program],
      [MOOD_HARDENING_CFLAGS="$MOOD_HARDENING_CFLAGS -D_FORTIFY_SOURCE=3"],
      [MOOD_TRY_FLAGS([-D_FORTIFY_SOURCE=2], [], [mood_fortify_program],
        [MOOD_HARDENING_CFLAGS="$MOOD_HARDENING_CFLAGS -D_FORTIFY_SOURCE=2"])])])
])

# MOOD_HARDENING_TRY(COMPILER FLAGS, LINKER FLAGS): take them if they are accepted.
AC_DEFUN([MOOD_HARDENING_TRY], [
  MOOD_TRY_FLAGS([$1], [$2], [AC_LANG_PROGRAM([], [])], [
    MOOD_HARDENING_CFLAGS="$MOOD_HARDENING_CFLAGS $1"
    MOOD_HARDENING_LDFLAGS="$MOOD_HARDENING_LDFLAGS $2"
  ])
])

# MOOD_HARDENING: what makes a memory error harder to exploit, as far as the compiler and the linker know it.
# MOOD_HARDENING_CFLAGS are for every file, MOOD_HARDENING_LDFLAGS for programs and libraries, MOOD_PIE_LDFLAGS for
# programs only. tests/hardening checks the built files.
AC_DEFUN([MOOD_HARDENING], [
  MOOD_HARDENING_CFLAGS= MOOD_HARDENING_LDFLAGS= MOOD_PIE_LDFLAGS=
  AS_IF([test "x$enable_hardening" != xno], [
    MOOD_HARDENING_TRY([-fstack-protector-strong], [])
    MOOD_HARDENING_TRY([-fstack-clash-protection], [])
    MOOD_HARDENING_TRY([], [-Wl,-z,relro])
    MOOD_HARDENING_TRY([], [-Wl,-z,now])
    MOOD_HARDENING_TRY([], [-Wl,-z,noexecstack])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
      #if !defined __PIE__ && !defined __pie__
      #error "no position-independent executables by default"
      #endif]])], [],
      [MOOD_TRY_FLAGS([-fPIE], [-pie], [AC_LANG_PROGRAM([], [])],
        [MOOD_HARDENING_CFLAGS="$MOOD_HARDENING_CFLAGS -fPIE" MOOD_PIE_LDFLAGS=-pie])])
    MOOD_FORTIFY
  ])
  AC_SUBST([MOOD_HARDENING_CFLAGS])
  AC_SUBST([MOOD_HARDENING_LDFLAGS])
  AC_SUBST([MOOD_PIE_LDFLAGS])
])

# MOOD_COMPILER_FLAGS: MOOD_CFLAGS for every file of the project.
AC_DEFUN([MOOD_COMPILER_FLAGS], [
  MOOD_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -fvisibility=hidden"
  AS_IF([test "x$enable_werror" = xyes], [MOOD_CFLAGS="$MOOD_CFLAGS -Werror"])
  AS_IF([test "x$enable_sanitizers" = xyes],
        [MOOD_CFLAGS="$MOOD_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"])
  AC_SUBST([MOOD_CFLAGS])
])
