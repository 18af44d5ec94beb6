#!/bin/bash
# A running write load that ends by itself: rows into shop.ledger, one transaction each, numbered without gaps.
# usage: writeload.sh NAMESPACE POD SECONDS [ROWS-PER-SECOND]
# Each row keeps the GTID of the row before it, so that a check of a restored server can tell exactly which rows were committed
# before the backup's position: those whose own GTID (found in the next row) is not after it. The loop runs inside the server: it
# ends at its time also when this script is killed.
. "$(dirname "$0")/lib.sh"
. "$DEVC/sql.sh"

usage='usage: writeload.sh NAMESPACE POD SECONDS [ROWS-PER-SECOND]'
namespace=${1:?$usage} pod=${2:?$usage} duration=${3:?$usage} rate=${4:-100}

sql "$namespace" "$pod" "create database if not exists shop;
  create table if not exists shop.ledger (seq bigint primary key, at timestamp(6) not null default current_timestamp(6), previous_gtid varchar(64) not null, note varchar(200) not null) engine = InnoDB;
  delimiter //
  create or replace procedure shop.write_ledger(duration int, pause double)
  begin
    declare last timestamp(6) default current_timestamp(6) + interval duration second;
    declare n bigint default (select coalesce(max(seq), 0) from shop.ledger);
    while sysdate(6) < last do
      set n = n + 1;
      insert into shop.ledger (seq, at, previous_gtid, note) values (n, sysdate(6), @@last_gtid, sha2(n, 512));
      do sleep(pause);
    end while;
  end//
  delimiter ;
  call shop.write_ledger($duration, $(awk -v r="$rate" 'BEGIN {printf "%.6f", 1 / r}'));"
say "shop.ledger: $(sql "$namespace" "$pod" 'select count(*) from shop.ledger') rows"
