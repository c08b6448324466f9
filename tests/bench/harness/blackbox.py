"""prometheus-blackbox-exporter, and a scraper that asks it as Prometheus does: gzip, connections that stand."""

import gzip
import http.client
import re
import threading
import time
from urllib.parse import urlencode

from harness.environment import free_port, program
from harness.process import BenchError, Process, wait_until

CONFIGURATION = """modules:
  http:
    prober: http
    timeout: 10s
    http:
      preferred_ip_protocol: ip4
      valid_status_codes: [200]
      tls_config: {{ ca_file: "{root}" }}
  tls:
    prober: tcp
    timeout: 10s
    tcp:
      preferred_ip_protocol: ip4
      tls: true
      tls_config: {{ ca_file: "{root}", server_name: localhost }}
  tcp:
    prober: tcp
    timeout: 10s
    tcp: {{ preferred_ip_protocol: ip4 }}
  dns:
    prober: dns
    timeout: 10s
    dns:
      preferred_ip_protocol: ip4
      query_name: {name}
      query_type: A
"""


class Blackbox(Process):
    def __init__(self, env, root="", name="localhost"):
        path = env.file("blackbox.yml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(CONFIGURATION.format(root=root, name=name))
        self.port = free_port()
        super().__init__([program("prometheus-blackbox-exporter"), f"--config.file={path}", "--log.level=error",
                          f"--web.listen-address=127.0.0.1:{self.port}"], env.test_core, env.file("blackbox.log"))
        try:
            wait_until(self._answers, 10, "blackbox_exporter answers", self)
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/-/healthy")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def cpu_per_probe(self, module, target, rate, seconds, warm_up=1.0):
        """Seconds of CPU for a probe, at `rate` probes a second."""
        scraper = Scraper(self.port, [(module, target)], rate)
        with scraper:
            time.sleep(warm_up)
            done, cpu = scraper.done, self.cpu()
            time.sleep(seconds)
            done, cpu = scraper.done - done, self.cpu() - cpu
        scraper.must_be_well()
        if done < rate * seconds * 0.8:
            raise BenchError(f"blackbox_exporter did {done / seconds:.0f} probes a second, not {rate}")
        return cpu / done


class Scraper:
    """Asks for one probe after the other at a fixed rate, in threads of this process: one for each connection.

    `told(target, began, ended, text)` gets every answer, with the time of the wall's clock.
    """

    def __init__(self, port, probes, rate, connections=4, told=None):
        self.port, self.probes, self.rate, self.told = port, probes, rate, told
        self.done, self.errors, self.connections = 0, [], connections
        self.lock, self.end = threading.Lock(), threading.Event()
        self.threads = [threading.Thread(target=self._scrape, args=(i,), daemon=True) for i in range(connections)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        for thread in self.threads:
            thread.join(15)

    def must_be_well(self):
        if self.errors:
            raise BenchError(f"blackbox_exporter: {self.errors[0]} ({len(self.errors)} times)")

    def _scrape(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        due = time.monotonic() + number / self.rate
        turn = number
        while not self.end.is_set():
            pause = due - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            due += self.connections / self.rate
            module, target = self.probes[turn % len(self.probes)]
            turn += self.connections
            fault, began = None, time.time()
            try:
                connection.request("GET", "/probe?" + urlencode({"module": module, "target": target}),
                                   headers={"Accept-Encoding": "gzip"})
                text = gzip.decompress(connection.getresponse().read()).decode()
                if "\nprobe_success 1" not in text:
                    fault = f"a probe of {target} did not succeed"
                elif self.told:
                    self.told(target, began, time.time(), text)
            except (OSError, http.client.HTTPException) as error:
                fault = str(error)
                connection.close()
            with self.lock:
                self.done += 1
                if fault:
                    self.errors.append(fault)


def value(text, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else None
