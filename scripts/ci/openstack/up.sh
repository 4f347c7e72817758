#!/usr/bin/env bash
# scripts/ci/openstack/up.sh
# Starts the control plane of with-openstack.sh, which sets OPENSTACK_FOLDER; returns when it is filled. Each service has a session of its own, whose
# number is in pid/ of the folder: whoever started this ends them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packages.sh
source "$here/openstack/packages.sh"
# shellcheck source=configuration.sh
source "$here/openstack/configuration.sh"

folder=$OPENSTACK_FOLDER
hosts=${OPENSTACK_HOSTS:-cmp1:az1 cmp2:az2}
password=lab-password
first=${OPENSTACK_PORT:-21000}
keystone_port=$first nova_port=$((first + 1)) placement_port=$((first + 2)) glance_port=$((first + 3))
neutron_port=$((first + 4)) rabbit_port=$((first + 5)) epmd_port=$((first + 6)) erlang_port=$((first + 7))
memcached_port=$((first + 8))

# The services are Debian's and want Debian's Python, whatever the caller's shell prefers.
clean=(env -u PYENV_VERSION -u VIRTUAL_ENV -u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY
  PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 PYTHONPATH="$here/openstack/python" PYTHONDONTWRITEBYTECODE=1
  SLIPWAY_LAB_FAULTS="$folder/faults.json" OS_KEYSTONE_CONFIG_FILES="$folder/etc/keystone.conf"
  OS_PLACEMENT_CONFIG_DIR="$folder/etc/placement")

# start NAME COMMAND...: in a session of its own, so that it ends with all of its children.
start() {
  local name=$1
  shift
  (cd "$folder" && exec setsid "${clean[@]}" "$@") >>"$folder/log/$name.log" 2>&1 </dev/null &
  echo $! >"$folder/pid/$name"
}

# once NAME COMMAND...: as long as the folder is kept.
once() {
  local name=$1
  shift
  [ -e "$folder/done/$name" ] && return 0
  "$@" >>"$folder/log/setup.log" 2>&1 || { tail -n 20 "$folder/log/setup.log" >&2; echo "$0: $name failed" >&2; exit 1; }
  touch "$folder/done/$name"
}

# until_up NAME COMMAND...
until_up() {
  local name=$1
  shift
  for _ in $(seq 240); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    kill -0 "$(cat "$folder/pid/$name")" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 20 "$folder/log/$name.log" >&2
  echo "$0: $name did not come up" >&2
  exit 1
}

answers() { curl --silent --noproxy '*' --max-time 20 --output /dev/null "http://127.0.0.1:$1/"; }
for port in $(seq "$first" $((first + 8))); do
  ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$0: port $port is taken; set OPENSTACK_PORT" >&2; exit 2; }
done

write_configuration

sql=(mariadb --no-defaults --user=root --socket="$folder/run/mysql.sock")
create_databases() {
  local one
  "${sql[@]}" -e "create user if not exists lab@localhost identified by '$password'; grant all on *.* to lab@localhost"
  for one in keystone glance placement nova nova_api nova_cell0 neutron; do
    "${sql[@]}" -e "create database if not exists $one character set utf8"
  done
}
fill_keystone() {
  local manage=("${clean[@]}" keystone-manage --config-file "$folder/etc/keystone.conf") url=http://127.0.0.1:$keystone_port/v3
  "${manage[@]}" db_sync
  "${manage[@]}" fernet_setup --keystone-user root --keystone-group root
  "${manage[@]}" credential_setup --keystone-user root --keystone-group root
  "${manage[@]}" bootstrap --bootstrap-password "$password" --bootstrap-region-id RegionOne --bootstrap-public-url "$url" \
    --bootstrap-internal-url "$url" --bootstrap-admin-url "$url"
}
nova_manage=("${clean[@]}" "$programs/nova-manage" --config-file "$folder/etc/nova.conf")
fill_nova() {
  "${nova_manage[@]}" api_db sync
  "${nova_manage[@]}" cell_v2 map_cell0 --database_connection "$(database nova_cell0)"
  "${nova_manage[@]}" db sync
  # 2: it is there already.
  "${nova_manage[@]}" cell_v2 create_cell --name cell1 || [ $? -eq 2 ]
}
fill() { "${clean[@]}" "$1" --config-file "$folder/etc/$2.conf" "${@:3}"; }

once mariadb-files "${clean[@]}" mariadb-install-db --no-defaults --user=root --datadir="$folder/mysql" --skip-test-db
start memcached memcached -u root -l 127.0.0.1 -p "$memcached_port" -U 0 -m 64
start mariadb mariadbd --no-defaults --user=root --datadir="$folder/mysql" --socket="$folder/run/mysql.sock" --skip-networking \
  --pid-file="$folder/run/mariadb.pid" --max-connections=600 --innodb-flush-log-at-trx-commit=2 --performance-schema=OFF
start epmd epmd -address 127.0.0.1 -port "$epmd_port"
start rabbitmq env ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" HOME="$folder/rabbitmq" RABBITMQ_NODENAME="lab$first@localhost" \
  RABBITMQ_DIST_PORT="$erlang_port" RABBITMQ_CONF_ENV_FILE="$folder/etc/empty" RABBITMQ_CONFIG_FILE="$folder/etc/rabbitmq.conf" \
  RABBITMQ_ADVANCED_CONFIG_FILE="$folder/etc/rabbitmq.config" RABBITMQ_ENABLED_PLUGINS_FILE="$folder/etc/plugins" \
  RABBITMQ_MNESIA_BASE="$folder/rabbitmq/mnesia" RABBITMQ_LOG_BASE="$folder/log" RABBITMQ_LOGS=- \
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none" /usr/lib/rabbitmq/bin/rabbitmq-server
until_up mariadb "${sql[@]}" -e "select 1"
once databases create_databases
once keystone-database fill_keystone
once placement-database fill placement-manage placement db sync
once glance-database fill "$programs/glance-manage" glance db_sync
once neutron-database fill "$programs/neutron-db-manage" neutron upgrade heads
once nova-database fill_nova

# web NAME PORT PROGRAM
web() {
  start "$1" uwsgi --plugins python3 --http-socket "127.0.0.1:$2" --wsgi-file "$3" --master --lazy-apps --die-on-term --processes 2 \
    --enable-threads --buffer-size 65535 --disable-logging --need-app --add-header "Connection: close"
}
web keystone "$keystone_port" /usr/bin/keystone-wsgi-public
web placement "$placement_port" /usr/bin/placement-api
until_up keystone answers "$keystone_port"
once users "${clean[@]}" /usr/bin/python3 "$here/openstack/seed.py" users "$first" "$password"
until_up rabbitmq bash -c "exec 3<>/dev/tcp/127.0.0.1/$rabbit_port"
start glance "$programs/glance-api" --config-file "$folder/etc/glance.conf"
start neutron "$programs/neutron-server" --config-file "$folder/etc/neutron.conf"
start nova-conductor "$programs/nova-conductor" --config-file "$folder/etc/nova.conf"
start nova-scheduler "$programs/nova-scheduler" --config-file "$folder/etc/nova.conf"
start nova-api "$programs/nova-api" --config-file "$folder/etc/nova.conf"
for host in $hosts; do
  printf '[DEFAULT]\nhost = %s\n' "${host%%:*}" >"$folder/etc/${host%%:*}.conf"
  start "nova-compute-${host%%:*}" /usr/bin/python3 -m slipway_lab --config-file "$folder/etc/nova.conf" \
    --config-file "$folder/etc/${host%%:*}.conf"
done
until_up placement answers "$placement_port"
until_up glance answers "$glance_port"
until_up neutron answers "$neutron_port"
until_up nova-api answers "$nova_port"
"${clean[@]}" HOSTS="$hosts" FOLDER="$folder" NOVA_MANAGE="$programs/nova-manage --config-file $folder/etc/nova.conf" \
  /usr/bin/python3 "$here/openstack/seed.py" cloud "$first" "$password" >>"$folder/log/setup.log" 2>&1 ||
  { tail -n 20 "$folder/log/setup.log" >&2; echo "$0: the cloud could not be filled" >&2; exit 1; }
