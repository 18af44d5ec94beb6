# SQL in a database Pod, as the account that only the Pod's own user may use. Sourced.
# shellcheck shell=bash

# client NAMESPACE POD [OPTIONS]: the client in the Pod, statements on stdin.
client() { kc -n "$1" exec -i "$2" -c mysql -- mariadb --no-defaults --socket=/run/mysqld/mysqld.sock --user=mysql --batch "${@:3}"; }

# sql NAMESPACE POD STATEMENTS: the bare values on stdout.
sql() { client "$1" "$2" --skip-column-names <<< "$3"; }

# wait_for_replicas NAMESPACE PRIMARY: until every other Pod of the set has all that the primary has committed.
wait_for_replicas() {
  local position pod
  position=$(sql "$1" "$2" 'select @@gtid_binlog_pos')
  for pod in $(kc -n "$1" get pods -l app=orders-mysql -o name); do
    pod=${pod#pod/}
    [ "$pod" != "$2" ] || continue
    [ "$(sql "$1" "$pod" "select master_gtid_wait('$position', 300)")" = 0 ] || die "replica $pod did not reach $position within 300 s"
  done
}
