"""Runs rustc and records what it used; ../other-apis.sh has Cargo call it for generated crates.

Cargo passes the compiler and its arguments. The file is named by RUSTC_USAGE.
"""

import os
import resource
import subprocess
import sys

arguments = sys.argv[1:]
status = subprocess.call(arguments)
# Cargo also asks the compiler about itself, without a crate or with one of this name.
if "--crate-name" in arguments and "___" not in arguments:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(os.environ["RUSTC_USAGE"], "a") as file:
        file.write(f"{usage.ru_utime + usage.ru_stime}\n")
sys.exit(status)
