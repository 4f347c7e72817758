# shellcheck shell=bash
# What install.sh brings and up.sh uses. Only libraries are installed: the packages of the services would ask questions and start what they bring, so
# that those are unpacked beside the state instead, for their programs and paste files.

libraries="python3-keystone python3-glance python3-placement python3-nova python3-neutron python3-pymysql python3-openstacksdk
  python3-pastescript mariadb-server rabbitmq-server memcached uwsgi-core uwsgi-plugin-python3 curl"
services="glance-common glance-api nova-common nova-api nova-conductor nova-scheduler neutron-common neutron-server"
# Kept for the next time, whatever becomes of the folder.
unpacked=/var/cache/slipway-openstack
programs=$unpacked/usr/bin
shares=$unpacked/usr/share
