# Sourced: start, watch and end processes of one's own. A process is known by its pid and its start time, so that a pid that
# the kernel has given to another program meanwhile is left alone. RUN is the caller's folder for pids and logs.

# The kernel's start time (field 22; the name before it may hold blanks), nothing when the process is gone or a zombie.
born() {
  local line; line=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  set -- ${line##*) }
  [ "$1" = Z ] || echo "${20}"
}

alive() { # NAME
  local pid time
  read -r pid time 2>/dev/null < "$RUN/$1.pid" || return 1
  [ "$(born "$pid")" = "$time" ]
}

pid_of() { cut -d' ' -f1 "$RUN/$1.pid"; }

# Its own session and a closed stdin: it outlives the shell that started it and holds none of its pipes and locks.
start() { # NAME COMMAND...
  local name=$1 pid; shift
  mkdir -p "$RUN"
  setsid "$@" < /dev/null >> "$RUN/$name.log" 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  pid=$!
  echo "$pid $(born $pid)" > "$RUN/$name.pid"
}

stop() { # NAME [SIGNAL]: asks, and after 5 s no longer asks
  local pid i; alive "$1" || { rm -f "$RUN/$1.pid"; return 0; }
  pid=$(pid_of "$1")
  kill -"${2:-TERM}" "$pid" 2>/dev/null || true
  for i in $(seq 50); do alive "$1" || break; sleep 0.1; done
  ! alive "$1" || kill -KILL "$pid" 2>/dev/null || true
  for i in $(seq 20); do alive "$1" || break; sleep 0.1; done
  rm -f "$RUN/$1.pid"
}

# Waits until COMMAND succeeds, as long as the named process lives: an answer from another's server on the port is no success.
until_ready() { # NAME SECONDS COMMAND...
  local name=$1 end=$((SECONDS + $2)); shift 2
  until "$@" > /dev/null 2>&1; do
    alive "$name" || { echo "$name died at its start:" >&2; tail -15 "$RUN/$name.log" >&2; return 1; }
    [ $SECONDS -lt $end ] || { echo "$name does not answer, see $RUN/$name.log" >&2; return 1; }
    sleep 0.2
  done
  sleep 0.1
  alive "$name" || { echo "$name died at its start, and its port is another's:" >&2; tail -15 "$RUN/$name.log" >&2; return 1; }
}

has_address() { grep -qs "$1" /proc/net/fib_trie && ip -o addr show to "$1" 2>/dev/null | grep -q .; }

# A CA and one server certificate for loopback and the bridge, kept for good: FOLDER NAME ADDRESS
certificate() {
  local folder=$1 name=$2 address=$3
  [ -f "$folder/server.crt" ] && return 0
  mkdir -p "$folder"; chmod 700 "$folder"
  local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
  openssl req -x509 -days 3650 "${key[@]}" -keyout "$folder/ca.key" -out "$folder/ca.crt" -subj "/CN=$name CA" 2> /dev/null
  openssl req -new "${key[@]}" -keyout "$folder/server.key" -out "$folder/server.csr" -subj "/CN=$name" 2> /dev/null
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,IP:127.0.0.1,IP:%s\n' "$address" > "$folder/ext"
  openssl x509 -req -days 3650 -in "$folder/server.csr" -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -CAcreateserial \
    -extfile "$folder/ext" -out "$folder/server.crt.new" 2> /dev/null
  mv "$folder/server.crt.new" "$folder/server.crt"
}
