# shellcheck shell=bash
# Sourced by with-openstack.sh. Only libraries are installed: the packages of the services would ask questions and start what they bring, so
# that those are unpacked beside the state instead, for their programs and paste files.

libraries="python3-keystone python3-glance python3-placement python3-nova python3-neutron python3-pymysql python3-openstacksdk
  python3-pastescript mariadb-server rabbitmq-server memcached uwsgi-core uwsgi-plugin-python3 curl"
services="glance-common glance-api nova-common nova-api nova-conductor nova-scheduler neutron-common neutron-server"
# Kept for the next time, whatever becomes of the folder.
unpacked=/var/cache/slipway-openstack
programs=$unpacked/usr/bin
shares=$unpacked/usr/share

# The folder is root's.
fetch() { apt-get -o APT::Sandbox::User=root download -qq "$@"; }

install_packages() {
  # shellcheck disable=SC2086 # one word per package
  dpkg -s $libraries >/dev/null 2>&1 || "$here/apt-install.sh" $libraries >&2
  [ ! -e "$unpacked/complete" ] || return 0
  mkdir -p "$unpacked/deb"
  # shellcheck disable=SC2086
  (cd "$unpacked/deb" && { fetch $services || { apt-get update -qq && fetch $services; }; }) >&2
  for package in "$unpacked"/deb/*.deb; do dpkg -x "$package" "$unpacked"; done
  touch "$unpacked/complete"
}
