#!/bin/bash
# Makes at least MIB mebibytes of InnoDB rows in shop.orders, quickly, and waits until the replicas have them.
# usage: rows.sh NAMESPACE POD MIB
# The text is made of hashes of the row's number: it compresses about as badly as real text, is the same on every run, and so can
# travel to the replica as a statement instead of as rows.
. "$(dirname "$0")/lib.sh"
. "$DEVC/sql.sh"

usage='usage: rows.sh NAMESPACE POD MIB'
namespace=${1:?$usage} pod=${2:?$usage} mib=${3:?$usage}
started=$(now_ms)
batch=16384

text=''
for part in a b c d e f g h; do text="$text, sha2(concat(n, '$part'), 512)"; done

sql "$namespace" "$pod" "create database if not exists shop;
  create table if not exists shop.orders (id bigint primary key, customer int not null, note varchar(1100) not null, key (customer)) engine = InnoDB;"
first=$(sql "$namespace" "$pod" 'select coalesce(max(id), 0) from shop.orders')
# A row is 1 KiB of text and about 8 % of InnoDB's own.
batches=$(((mib * 1024 + batch - 1) / batch))
{
  echo "set session binlog_format = 'STATEMENT'; set session max_statement_time = 0;"
  for ((i = 0; i < batches; i++)); do
    echo "insert into shop.orders select n, n mod 9973, concat(${text#, }) from (select seq + $((first + i * batch)) as n from shop.seq_1_to_$batch) numbers;"
  done
} | client "$namespace" "$pod"
wait_for_replicas "$namespace" "$pod"
size=$(sql "$namespace" "$pod" "select floor(sum(file_size) / 1048576) from information_schema.innodb_sys_tablespaces where name like 'shop/%'")
say "shop.orders: $((first + batches * batch)) rows, $size MiB on disk, $(seconds $(($(now_ms) - started)))"
