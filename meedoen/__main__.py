"""`python -m meedoen` is the same as `meedoen`, also where the installed script does not reach."""

from meedoen.cli import main

main()
