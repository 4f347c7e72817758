"""Fills the control plane of the tests: `users` what its services log in as, `cloud` what there is to launch. Looks before it makes anything."""
import json
import os
import subprocess
import sys
import time

import openstack

WHAT, FIRST, PASSWORD = sys.argv[1], int(sys.argv[2]), sys.argv[3]
AUTH_URL = f'http://127.0.0.1:{FIRST}/v3'
SERVICES = {
    'nova': ('compute', f'http://127.0.0.1:{FIRST + 1}/v2.1'),
    'placement': ('placement', f'http://127.0.0.1:{FIRST + 2}'),
    'glance': ('image', f'http://127.0.0.1:{FIRST + 3}'),
    'neutron': ('network', f'http://127.0.0.1:{FIRST + 4}'),
}
# Name: id, processors, MiB, GiB. A host has 32 processors, each promised four times, 64 GiB and 2000 GiB.
FLAVORS = {'tiny': ('1', 1, 128, 1), 'small': ('2', 1, 1024, 5), 'large': ('3', 8, 16384, 50), 'huge': ('9', 64, 524288, 500)}
ENOUGH = {'instances': 100, 'cores': 400, 'ram': 1024000}

cloud = openstack.connect(auth_url=AUTH_URL, username='admin', password=PASSWORD, project_name='admin', user_domain_name='Default',
                          project_domain_name='Default', region_name='RegionOne', compute_api_version='2.1')


def users():
    identity = cloud.identity
    service, tests = (identity.find_project(name) or identity.create_project(name=name, domain_id='default')
                      for name in ('service', 'tests'))

    def user(name, project, *roles):
        one = identity.find_user(name) or identity.create_user(name=name, password=PASSWORD, domain_id='default')
        for role in roles:
            known = identity.find_role(role) or identity.create_role(name=role)
            identity.assign_project_role_to_user(project, one, known)

    for name in ('keystone', *SERVICES):
        user(name, service, 'admin', 'service')
    user('tester', tests, 'member')
    user('reader', tests, 'reader')
    # In no project at all.
    identity.find_user('nobody') or identity.create_user(name='nobody', password=PASSWORD, domain_id='default')
    for name, (kind, url) in SERVICES.items():
        service = identity.find_service(name) or identity.create_service(name=name, type=kind)
        there = {endpoint.interface for endpoint in identity.endpoints(service_id=service.id)}
        for interface in {'public', 'internal'} - there:
            identity.create_endpoint(service_id=service.id, interface=interface, url=url, region_id='RegionOne')


def networks():
    network = cloud.network
    inner = network.find_network('lab-net') or network.create_network(name='lab-net', is_shared=True)
    subnet = network.find_subnet('lab-subnet') or network.create_subnet(
        name='lab-subnet', network_id=inner.id, ip_version=4, cidr='10.77.0.0/16', enable_dhcp=False)
    outer = network.find_network('lab-public') or network.create_network(name='lab-public', is_router_external=True)
    network.find_subnet('lab-public-subnet') or network.create_subnet(
        name='lab-public-subnet', network_id=outer.id, ip_version=4, cidr='198.18.0.0/16', enable_dhcp=False)
    if not network.find_router('lab-router'):
        router = network.create_router(name='lab-router', external_gateway_info={'network_id': outer.id})
        network.add_interface_to_router(router, subnet_id=subnet.id)


def hosts_up(hosts):
    """Hosts report every few seconds; those of an earlier run are still in the database."""
    def updated():
        services = cloud.compute.get('/os-services?binary=nova-compute').json()['services']
        return {one['host']: one['updated_at'] for one in services if one['state'] == 'up' and one['host'] in hosts}

    before = updated()
    for _ in range(240):
        now = updated()
        if set(now) == set(hosts) and all(now[host] != before.get(host) for host in hosts):
            return
        time.sleep(0.5)
    sys.exit(f'nova-compute did not come up on all of {list(hosts)}')


def zones(hosts):
    there = {one['name']: one for one in cloud.compute.get('/os-aggregates').json()['aggregates']}
    for host, zone in hosts.items():
        if zone not in there:
            wanted = {'aggregate': {'name': zone, 'availability_zone': zone}}
            there[zone] = cloud.compute.post('/os-aggregates', json=wanted).json()['aggregate']
        if host not in there[zone].get('hosts', []):
            cloud.compute.post(f"/os-aggregates/{there[zone]['id']}/action", json={'add_host': {'host': host}})


def fill():
    project = cloud.identity.find_project('tests')
    for name, (key, processors, memory, disk) in FLAVORS.items():
        cloud.compute.find_flavor(name) or cloud.compute.create_flavor(
            id=key, name=name, vcpus=processors, ram=memory, disk=disk)
    image = cloud.image.find_image('debian-12') or cloud.image.create_image(
        name='debian-12', disk_format='raw', container_format='bare', visibility='public', data=b'\0' * 4096,
        os_distro='debian', os_version='12')
    networks()
    cloud.network.put(f'/quotas/{project.id}', json={'quota': {'port': 500, 'floatingip': 500}})
    cloud.compute.put(f'/os-quota-sets/{project.id}', json={'quota_set': ENOUGH})
    hosts = dict(pair.split(':') for pair in os.environ['HOSTS'].split())
    hosts_up(hosts)
    subprocess.run([*os.environ['NOVA_MANAGE'].split(), 'cell_v2', 'discover_hosts'], check=True)
    zones(hosts)
    folder = os.environ['FOLDER']
    told = {
        'authUrl': AUTH_URL, 'password': PASSWORD, 'user': 'tester', 'project': 'tests', 'projectId': project.id,
        'stranger': 'nobody', 'reader': 'reader', 'admin': {'user': 'admin', 'project': 'admin'}, 'image': image.id, 'imageName': 'debian-12',
        'network': 'lab-net', 'publicNetwork': 'lab-public', 'zones': sorted(set(hosts.values())), 'hosts': hosts,
        'quota': ENOUGH, 'faults': f'{folder}/faults.json', 'pids': f'{folder}/pid',
    }
    with open(f'{folder}/openstack.json', 'w') as file:
        json.dump(told, file, indent=1)


{'users': users, 'cloud': fill}[WHAT]()
