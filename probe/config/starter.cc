#include "probe/config/starter.h"

namespace gaikei {

std::string_view StarterConfig() {
  static constexpr std::string_view kText =
      R"toml(# Configuration of gaikei. Every key: docs/configuration.md
# Check it with `gaikei validate`, try it with `gaikei once`, run it with `gaikei run`.

[probe]
# region      = "tokyo"             # the name of this vantage point
# state_dir   = "/var/lib/gaikei"   # history, counters and waiting samples that survive a restart
listen        = "127.0.0.1:9115"    # metrics and API; "" switches it off
# user_agent  = "gaikei/1.0"

# What every check has unless it says otherwise.
[defaults]
every   = "60s"
timeout = "10s"
# confirm = 2                       # failing attempts that make a fail

[check.example]
target = "https://example.com/"
labels = { team = "web" }
expect = [
  "status == 200",
  "body contains 'Example Domain'",
  "certificate.days_left > 14",
]
warn = ["duration < 800ms"]         # a warning, still a pass

# A request with a body and a token that comes from the environment or from a file of mode 0600.
# [check.api]
# target  = "https://api.example.com/v1/login"
# every   = "5m"
# method  = "POST"
# headers = { Authorization = { env = "API_TOKEN" } }
# json    = { user = "probe", password = { file = "/etc/gaikei/password" } }
# expect  = ["status == 200", "json.ok == true"]

# A certificate, from every address of the name; a mail server's behind STARTTLS.
# [check.certificate]
# target    = "tls://example.com"
# addresses = "all"
# expect    = ["certificate.days_left > 14"]
#
# [check.mail]
# target   = "tls://mail.example.com:587"
# starttls = "smtp"

# What every name server of a zone says, side by side, and whether its signatures hold.
# [check.zone]
# target  = "dns:example.com?type=SOA"
# servers = "authoritative"
# expect  = ["serial.spread <= 0"]
#
# [check.signed]
# target = "dns://192.0.2.53/example.com?type=A"
# dnssec = "validate"

# A connection and what is said over it.
# [check.smtp]
# target   = "tcp://mail.example.com:25"
# dialogue = [{ expect = "^220" }, { send = "QUIT\r\n" }, { expect = "^221" }]

# Echo requests.
# [check.gateway]
# target = "icmp://gw.example.com"
# count  = 5
# expect = ["packet_loss <= 20%", "rtt < 50ms"]

# What a user does, step by step: cookies, connections and captured values are shared.
# [journey.order]
# every = "5m"
#   [[journey.order.step]]
#   name    = "login"
#   target  = "https://api.example.com/login"
#   method  = "POST"
#   json    = { user = "probe", password = { env = "PROBE_PASSWORD" } }
#   expect  = ["status == 200"]
#   capture = { token = "json.token" }
#   [[journey.order.step]]
#   name    = "list"
#   target  = "https://api.example.com/orders"
#   headers = { Authorization = "Bearer ${token}" }
#   expect  = ["status == 200"]

# A batch job that reports when it is done (docs/heartbeats.md); silence is a failure:
#   backup && curl -fsS -X POST -H "Authorization: Bearer $NIGHTLY_TOKEN" http://127.0.0.1:9115/heartbeat/nightly
# [check.backup]
# target = "heartbeat:nightly"
# every  = "24h"
# grace  = "2h"
# token  = { env = "NIGHTLY_TOKEN" }

# A vantage point and its way out. With none of them there is one, called "local".
# [region.tokyo]
# title    = "Tokyo"
# country  = "JP"
# source   = "192.0.2.10"
# resolver = ["192.0.2.53"]
# reference = ["https://example.org/", "dns:example.net"]   # known to work: where they fail, we are sick

# Where samples go (docs/upstreams.md). What cannot be delivered waits in state_dir.
# [upstream.otel]
# type     = "otlp"
# endpoint = "https://otlp.example.com:4318"
# headers  = { Authorization = { env = "OTLP_TOKEN" } }
#
# [upstream.prometheus]
# type = "remote_write"
# url  = "http://prometheus.example.com:9090/api/v1/write"
#
# [upstream.mackerel]
# type    = "mackerel"
# api_key = { env = "MACKEREL_API_KEY" }
# service = "shop"
#
# [upstream.datadog]
# type    = "statsd"
# address = "127.0.0.1:8125"
#
# One line of JSON for each outcome. "-" is standard output.
# [upstream.file]
# type = "jsonl"
# path = "samples.jsonl"
)toml";
  return kText;
}

}  // namespace gaikei
