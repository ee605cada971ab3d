"""`python -m meedoen` is the same as `meedoen`, also where the installed script does not reach."""

from meedoen.cli.main import main

main()
