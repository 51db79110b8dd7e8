"""nginx: the upgrade of its manual (nginx.org/en/docs/control.html), and the reload.

Limits on keep-alive connections are lifted and the WebSocket fields are set, so that all closes
come from replacing processes. worker_shutdown_timeout is unset, as by default: old workers leave
when their last connection does.
"""

import os
import shutil
import signal
import time

import processes
from proxies.proxy import Proxy

WORKERS = 2
# Between WINCH and QUIT an operator looks whether all is well.
LOOK_SECONDS = 0.3

CONFIGURATION = """\
worker_processes {workers}; pid {directory}/proxy.pid; error_log {directory}/nginx.log;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    access_log off; server_tokens off;
    keepalive_requests 1000000000; keepalive_timeout 3600s; keepalive_time 24h;
    client_max_body_size 0; proxy_read_timeout 3600s; proxy_send_timeout 3600s;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    map $http_upgrade $connection_field {{ default upgrade; "" ""; }}
    upstream origin {{
        server 127.0.0.1:{origin_port};
        keepalive 128; keepalive_requests 1000000000; keepalive_timeout 3600s;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://origin;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_field;
        }}
    }}
}}
"""


class NginxUpgrade(Proxy):
    name = "nginx upgrade"
    how = ("USR2, then WINCH and QUIT to the old master. nginx ignores USR2 as long as the old "
           "master of the upgrade before is there, which waits for its WebSockets and transfers, "
           "so that one got TERM first; this ends them, and they are among the faults")

    def start(self):
        self.directory.chmod(0o755)
        configuration = self.directory / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            directory=self.directory, port=self.port, origin_port=self.origin_port,
            workers=WORKERS))
        # By its whole path: at USR2 nginx executes what it was called as, without looking at PATH.
        self.run(shutil.which("nginx"), "-e", self.directory / "nginx.log", "-c", configuration)
        processes.wait_until(self.accepts, "accepting")

    def replace(self):
        old = self.main_pid()
        self.signal(old, signal.SIGUSR2)
        processes.wait_until(lambda: self.main_pid() not in (0, old), "a new master")
        new = self.main_pid()
        processes.wait_until(lambda: len(processes.children_of(new)) == WORKERS, "new workers")
        self.signal(old, signal.SIGWINCH)
        time.sleep(LOOK_SECONDS)
        self.signal(old, signal.SIGQUIT)

    def make_way(self, old):
        if not old:
            return False
        for pid in old:
            try:
                os.kill(pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        processes.wait_until(lambda: not old & processes.of_proxy(), "rid of the old processes")
        return True


class NginxReload(NginxUpgrade):
    name = "nginx reload"
    how = "HUP to the master"

    def replace(self):
        before = processes.children_of(self.main_pid())
        self.signal(self.main_pid(), signal.SIGHUP)
        processes.wait_until(
            lambda: len(processes.children_of(self.main_pid()) - before) == WORKERS,
            "new workers")

    def make_way(self, old):
        return False
