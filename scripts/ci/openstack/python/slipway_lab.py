"""What the control plane of the tests has in addition to Nova's own: faults, as the file SLIPWAY_LAB_FAULTS says at the moment.

    {"api": [{"method": "POST", "path": "/servers", "status": 504, "when": "after", "times": 1}],
     "boot": {"slow-": {"seconds": 3}, "broken-": {"fails": "abort"}}}

`api`: what nova-api is asked for with this method, and a path that ends so, is answered with this status; with `when: after` only once it was
carried out. `headers` come along. `times` counts in each of Nova's processes. `boot`: servers whose name has the key in it take so
much longer, or fail: `abort` at once, `host` so that Nova tries another one. Run as a program it is nova-compute with such a driver.
"""
import json
import os
import time


def _told(section, otherwise):
    try:
        with open(os.environ['SLIPWAY_LAB_FAULTS']) as file:
            return json.load(file).get(section, otherwise)
    except (OSError, ValueError):       # not there, or about to be written
        return otherwise


class Faults:
    """A WSGI filter before Nova's API."""

    def __init__(self, app):
        self.app = app
        self.met = {}

    def __call__(self, environ, start_response):
        rule = next((one for one in _told('api', []) if self._is_meant(one, environ)), None)
        if rule is None:
            return self.app(environ, start_response)
        if rule.get('when') == 'after':
            list(self.app(environ, lambda *_, **__: None))
        body = json.dumps({'fault': {'code': rule['status'], 'message': 'as the test said'}}).encode()
        headers = [('Content-Type', 'application/json'), ('Content-Length', str(len(body)))]
        start_response(f"{rule['status']} Told", headers + list(rule.get('headers', {}).items()))
        return [body]

    def _is_meant(self, rule, environ):
        path = environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')
        if rule['method'] != environ['REQUEST_METHOD'] or not path.endswith(rule['path']):
            return False
        key = json.dumps(rule, sort_keys=True)
        self.met[key] = self.met.get(key, 0) + 1
        return self.met[key] <= rule.get('times', self.met[key])


def faults_filter(_global_settings, **_settings):
    return Faults


def _driver():
    from nova import exception
    from nova.virt import fake

    class LabDriver(fake.FakeDriver):
        vcpus, memory_mb, local_gb = 32, 65536, 2000

        def spawn(self, context, instance, *args, **named):
            name = instance.display_name or ''
            for part, rule in _told('boot', {}).items():
                if part not in name:
                    continue
                time.sleep(rule.get('seconds', 0))
                if rule.get('fails') == 'abort':
                    raise exception.BuildAbortException(instance_uuid=instance.uuid, reason='as the test said')
                if rule.get('fails') == 'host':
                    raise exception.ComputeResourcesUnavailable(reason='as the test said')
            return super().spawn(context, instance, *args, **named)

    return LabDriver


if __name__ == '__main__':
    from nova.cmd.compute import main       # first of all: it replaces what blocks
    import nova.virt.fake
    nova.virt.fake.LabDriver = _driver()
    main()
