# shellcheck shell=bash
# Sourced by with-openstack.sh: what each service reads. Timings that only make tests wait are short: hosts report every 5 s and count as down
# after 20 s, and what a guest has become by itself is noticed within 20 s.

database() { echo "mysql+pymysql://lab:$password@localhost/$1?unix_socket=$folder/run/mysql.sock&charset=utf8"; }

# login USER: the section's lines by which one service logs in at another.
login() {
  cat <<E2
auth_url = http://127.0.0.1:$keystone_port/v3
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = $1
password = $password
region_name = RegionOne
E2
}

# shared SERVICE: what all have in common.
shared() {
  mkdir -p "$folder/state/$1"
  cat <<E2
[DEFAULT]
transport_url = rabbit://guest:guest@127.0.0.1:$rabbit_port/
use_stderr = true
state_path = $folder/state/$1
host = lab
graceful_shutdown_timeout = 5
[oslo_concurrency]
lock_path = $folder/run
[oslo_messaging_notifications]
driver = noop
[oslo_policy]
policy_file = $folder/etc/empty
[database]
connection = $(database "$1")
max_pool_size = 10
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:$keystone_port
memcached_servers = 127.0.0.1:$memcached_port
$(login "$1")
E2
}

write_configuration() {
  local etc=$folder/etc
  : >"$etc/empty"
  : >"$etc/plugins"
  write_broker "$etc"
  write_identity "$etc"
  write_stores "$etc"
  write_network >"$etc/neutron.conf"
  write_compute >"$etc/nova.conf"
  # As every Nova says from Antelope on; before, whoever was in a project could make servers in it.
  echo '"os_compute_api:servers:create": "role:member or role:admin"' >"$etc/nova-policy.yaml"
  # The tests' own faults are put in front of Nova's API.
  sed -E 's/^(keystone = healthcheck) /\1 faults /' "$shares/nova-common/api-paste.ini" >"$etc/nova-api-paste.ini"
  printf '\n[filter:faults]\npaste.filter_factory = slipway_lab:faults_filter\n' >>"$etc/nova-api-paste.ini"
}

write_broker() {
  cat >"$1/rabbitmq.conf" <<E2
listeners.tcp.1 = 127.0.0.1:$rabbit_port
vm_memory_high_watermark.relative = 0.2
disk_free_limit.absolute = 50MB
E2
  echo '[{kernel,[{inet_dist_use_interface,{127,0,0,1}}]}].' >"$1/rabbitmq.config"
}

write_identity() {
  {
    shared keystone
    cat <<E2
[token]
provider = fernet
[fernet_tokens]
key_repository = $folder/state/keystone/fernet
[credential]
key_repository = $folder/state/keystone/credential
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memcached
memcache_servers = 127.0.0.1:$memcached_port
E2
  } >"$1/keystone.conf"
}

write_stores() {
  mkdir -p "$1/placement"
  {
    shared placement
    printf '[placement_database]\nconnection = %s\n' "$(database placement)"
  } >"$1/placement.conf"
  cp "$1/placement.conf" "$1/placement/placement.conf"
  {
    shared glance
    cat <<E2
[DEFAULT]
bind_host = 127.0.0.1
bind_port = $glance_port
workers = 1
enabled_backends = file:file
[glance_store]
default_backend = file
[file]
filesystem_store_datadir = $folder/images
[paste_deploy]
flavor = keystone
config_file = $shares/glance-common/glance-api-paste.ini
E2
  } >"$1/glance.conf"
}

write_network() {
  shared neutron
  cat <<E2
[DEFAULT]
bind_host = 127.0.0.1
bind_port = $neutron_port
core_plugin = ml2
service_plugins = router
api_workers = 1
rpc_workers = 0
rpc_state_report_workers = 0
dhcp_agent_notification = false
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
api_paste_config = $shares/neutron-common/api-paste.ini
[ml2]
type_drivers = local
tenant_network_types = local
mechanism_drivers = slipway_lab
[securitygroup]
enable_security_group = true
E2
}

write_compute() {
  shared nova
  cat <<E2
[DEFAULT]
my_ip = 127.0.0.1
enabled_apis = osapi_compute
osapi_compute_listen = 127.0.0.1
osapi_compute_listen_port = $nova_port
osapi_compute_workers = 2
compute_driver = fake.LabDriver
instances_path = $folder/state/nova
reserved_host_memory_mb = 0
initial_cpu_allocation_ratio = 4.0
initial_ram_allocation_ratio = 1.0
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
report_interval = 5
service_down_time = 20
sync_power_state_interval = 20
[oslo_policy]
policy_file = $folder/etc/nova-policy.yaml
[api_database]
connection = $(database nova_api)
[wsgi]
api_paste_config = $folder/etc/nova-api-paste.ini
[conductor]
workers = 1
[scheduler]
workers = 1
[glance]
api_servers = http://127.0.0.1:$glance_port
[placement]
$(login placement)
[neutron]
$(login neutron)
[service_user]
send_service_user_token = true
$(login nova)
E2
}
