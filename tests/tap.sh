# For shell tests: numbered results, and an exit status. Source it, end with `finish`.
# The working directory is that of the build; $srcdir is the source directory.
set -u
srcdir=${srcdir:-.}
srcdir=$(cd "$srcdir" && pwd)
build=$PWD
mood=${MOOD:-$build/mood}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); echo "ok - $1"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $1"; }
# With CI=true no test may be skipped.
skip() {
	if [ "${CI-}" = true ]; then not_ok "$1 (skipped)"; else skipped=$((skipped + 1)); echo "skip - $1"; fi
}

# run COMMAND…: its output in $folder/out and $folder/err, its exit status in $status.
run() {
	status=0
	"$@" >"$folder/out" 2>"$folder/err" || status=$?
}

# check NAME COMMAND…: ok when the command is true.
check() {
	name=$1
	shift
	if "$@"; then pass "$name"; else not_ok "$name"; sed 's/^/    /' "$folder/out" "$folder/err" 2>/dev/null | head -n 20; fi
}

# expect NAME STATUS PATTERN COMMAND…: that exit status, and one line on standard error that matches.
expect() {
	name=$1 wanted=$2 pattern=$3
	shift 3
	run "$@"
	if [ "$status" -eq "$wanted" ] && { [ -z "$pattern" ] || grep -Eq -- "$pattern" "$folder/err"; }; then
		pass "$name"
	else
		not_ok "$name: exit status $status where $wanted was expected, and this instead of /$pattern/:"
		sed 's/^/    /' "$folder/out" "$folder/err" | head -n 20
	fi
}

# True if mood was built with sanitizers.
is_sanitized() {
	if [ -x "$build/.libs/mood" ]; then ldd "$build/.libs/mood"; else ldd "$mood"; fi | grep -q libasan
}

have_device() { "$mood" devices >/dev/null 2>&1; }

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] || exit 1
	[ "$passed" -gt 0 ] || exit 77
	exit 0
}
