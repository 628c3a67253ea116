#!/bin/sh
# The command line, on the Node that lies beside it; through links too.
here=$(dirname "$(readlink -f "$0")")
exec "$here/node" --disable-sigusr1 "$here/../out/server/reelvault.mjs" "$@"
