# Sourced by the other scripts: `measure LABEL COMMAND…` prints CPU seconds (user + system) and the
# peak memory of the largest process.
measure() {
    python3 - "$@" <<'PY'
import resource, subprocess, sys
label, command = sys.argv[1], sys.argv[2:]
done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
if done.returncode:
    sys.exit(done.stderr.decode())
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{label:44} {use.ru_utime + use.ru_stime:6.1f} CPU s  {use.ru_maxrss / 1024:6.0f} MB")
PY
}
