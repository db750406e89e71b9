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

# MOOD_COMPILER_FLAGS: MOOD_CFLAGS for every file of the project.
AC_DEFUN([MOOD_COMPILER_FLAGS], [
  MOOD_CFLAGS="-std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -fvisibility=hidden"
  AS_IF([test "x$enable_werror" = xyes], [MOOD_CFLAGS="$MOOD_CFLAGS -Werror"])
  AS_IF([test "x$enable_sanitizers" = xyes],
        [MOOD_CFLAGS="$MOOD_CFLAGS -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer"])
  AC_SUBST([MOOD_CFLAGS])
])
