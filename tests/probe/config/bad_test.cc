#include <algorithm>
#include <map>

#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

/// Every file of bad/ with all that is said of it, without the file's name. expressions.toml is not
/// here: what is said of an expression is the expression language's own.
const std::map<std::string, std::vector<std::string>>& Expected() {
  static const std::map<std::string, std::vector<std::string>> kExpected = {
      {"bad_targets.toml",
       {R"(:2:10: unknown scheme "ftp"; known: https, http, tls, dns, tcp, icmp, grpc, grpcs, ws, wss, heartbeat)",
        R"(:4:10: the target is empty)", R"(:6:10: no host in the target)",
        R"(:8:10: the port is not a number from 1 to 65535)",
        R"(:10:10: the port is not a number from 1 to 65535)",
        R"(:12:10: the target has spaces or control characters; write a space as %20)",
        R"(:14:10: the target has spaces or control characters; write a space as %20)",
        R"(:16:10: the host is not ASCII; write an internationalised name in its xn-- form)",
        R"(:18:10: https: is followed by //host)", R"(:20:10: no host in the target)",
        R"(:21:8: check "k" has no target)", R"(:24:10: the port is not a number from 1 to 65535)",
        R"(:26:10: the port is not a number from 1 to 65535)"}},
      {"bad_values.toml",
       {R"(:2:11: threads = -1 is out of range: from 0 to 1024)",
        R"(:3:17: max_in_flight = 0 is out of range: from 1 to 1000000)",
        R"(:6:11: timeout = "0s" is out of range: from 1ms to 1h)",
        R"(:10:9: every = "50ms" is out of range: from 100ms to 366d)",
        R"(:11:11: timeout = "2h" is out of range: from 1ms to 1h)",
        R"(:12:11: confirm = 11 is out of range: from 1 to 10)",
        R"(:13:10: family = "ipv5" is none of "auto", "ipv4", "ipv6")",
        R"(:14:11: address = "shop.example" is no numeric address)",
        R"(:15:10: method = "GE T" is no HTTP method)",
        R"(:16:17: max_redirects = 51 is out of range: from 0 to 50)",
        R"(:17:12: max_body = "65MiB" is out of range: from 1B to 64MiB)",
        R"(:18:15: unknown compression "gzib"; known: "gzip", "deflate", "br", "zstd", or true for all)",
        R"(:19:8: http = "1.2" is none of "1.1", "2", "3")",
        R"(:20:15: min_version = "1.4" is none of "1.0", "1.1", "1.2", "1.3")",
        R"(:21:15: server_name = "shop example" is no host name)",
        R"(:25:9: every = "5x" is no duration; write it as "250ms", "30s", "5m" or "28d")",
        R"(:26:11: timeout = "" is no duration; write it as "250ms", "30s", "5m" or "28d")",
        R"(:27:12: max_body = "8 MB" is no size; write it as "64KiB", "8MiB" or in bytes)",
        R"(:28:10: cacert is empty)"}},
      {"contradictions.toml",
       {R"(:4:1: json beside body: a request has one body)",
        R"(:5:1: form beside body: a request has one body)",
        R"(:10:17: allow_private = true contradicts deny_private = true)",
        R"(:15:11: address = "::1" contradicts family = "ipv4")",
        R"(:20:15: min_version 1.3 is above max_version 1.2)", R"(:24:7: key without cert)"}},
      {"dangling_region.toml",
       {R"(:5:21: unknown region "osaka")",
        R"(:9:12: unknown region "tokio"; did you mean "tokyo"?)",
        R"(:9:33: region "virginia" is named twice)",
        R"(:13:11: regions is empty: leave it away to mean every region)"}},
      {"defaults.toml",
       {R"(:2:1: unknown key "target")", R"(:3:1: unknown key "expect")",
        R"(:4:1: unknown key "server_name")", R"(:5:1: unknown key "method")",
        R"(:6:1: unknown key "evry"; did you mean "every"?)"}},
      {"duplicate_key.toml",
       {R"(:3:10: Error while parsing key-value pair: cannot redefine existing string 'target')"}},
      {"headers.toml",
       {R"(:3:13: "Bad Name" is no header name)",
        R"(:3:31: header "Content-Length" follows from the body and cannot be set)",
        R"(:3:59: the value of header "A" has control characters)",
        R"(:3:82: expected a string, { env = "NAME" } or { file = "PATH" }, found an integer)",
        R"(:7:14: expected a string, a number or a secret, found a table)",
        R"(:7:31: JSON has no infinity and no NaN)"}},
      {"labels.toml",
       {R"(:2:1: label name "job" is reserved)", R"(:6:19: expected a string, found an integer)",
        R"(:6:22: "a-b" is no label name: letters, digits and _, not beginning with a digit)",
        R"(:6:35: label name "le" is reserved)", R"(:6:45: label name "__name__" is reserved)",
        R"(:6:61: "9a" is no label name: letters, digits and _, not beginning with a digit)"}},
      {"listen.toml",
       {R"(:2:10: listen = "0.0.0.0:9115" is not a loopback address: that demands TLS and a token or client certificate, which the configuration does not give)"}},
      {"listen_no_port.toml",
       {R"(:2:10: listen = "localhost" is no ADDRESS:PORT such as "127.0.0.1:9115" or "[::1]:9115")"}},
      {"long_key.toml", {R"(:3:1: key longer than 256 bytes)"}},
      {"names.toml", {R"(:1:8: a name is empty)", R"(:3:8: name "a\x0ab" has control characters)"}},
      {"private_against_defaults.toml",
       {R"(:6:17: allow_private = true contradicts [defaults], where deny_private = true)"}},
      {"regions.toml",
       {R"(:2:11: country = "jp" is no country code such as "JP")",
        R"(:3:12: latitude = 91 is out of range: from -90 to 90)",
        R"(:4:13: expected a number, found a string)",
        R"(:5:7: asn = 0 is out of range: from 1 to 4294967295)",
        R"(:6:25: source: "192.0.2.11" is a second ipv4 address)",
        R"(:6:39: source: "tokyo.example" is no numeric address)",
        R"(:7:13: interface = "a-very-long-name0" is no name of a network interface)",
        R"(:8:45: resolver: "192.0.2.53:0" is no ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT)",
        R"(:8:61: resolver: "ns.example" is no ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT)",
        R"(:9:1: unknown key "proxy")", R"(:12:1: latitude without longitude)",
        R"(:13:12: resolver is empty: leave it away to mean the machine's)"}},
      {"secrets.toml",
       {R"(:3:29: environment variable "GAIKEI_TEST_UNSET" is not set)",
        R"(:3:74: a secret is { env = "NAME" } or { file = "PATH" }, not both)",
        R"(:4:21: secret file "/nonexistent/password" cannot be read: no such file or directory)",
        R"(:4:75: environment variable "GAIKEI_TEST_EMPTY" is not set)",
        R"(:8:8: expected a string, { env = "NAME" } or { file = "PATH" }, found a table)",
        R"(:9:17: secret file "/" is no regular file)",
        R"(:9:45: expected a string, found an integer)"}},
      {"syntax.toml",
       {R"(:2:32: Error while parsing string: unescaped control characters other than TAB (U+0009) are explicitly prohibited)"}},
      {"too_deep.toml", {R"(:3:72: nested deeper than 64 levels)"}},
      {"too_deep_key.toml", {R"(:1:130: nested deeper than 64 levels)"}},
      {"unbuilt_tables.toml", {R"(:1:2: unknown table "slo")", R"(:4:2: unknown table "fleet")"}},
      {"unknown_key.toml", {R"(:3:1: unknown key "expct"; did you mean "expect"?)"}},
      {"unknown_table.toml", {R"(:1:2: unknown table "chek"; did you mean "check"?)"}},
      {"unknown_top_key.toml",
       {R"(:1:10: expected a table, written as [region.NAME], found a string)",
        R"(:2:1: unknown key "verbose")"}},
      {"upstreams.toml",
       {R"(:2:8: unknown upstream type "nats"; known: otlp, remote_write, mackerel, statsd, jsonl)",
        R"(:5:11: upstream "file" has no path)",
        R"(:9:8: unknown upstream type "josnl"; did you mean "jsonl"?; known: otlp, remote_write, mackerel, statsd, jsonl)",
        R"(:12:11: upstream "none" has no type; known: otlp, remote_write, mackerel, statsd, jsonl)",
        R"(:18:1: unknown key "evry"; did you mean "every"?)",
        R"(:19:1: url is no key of an upstream of type jsonl: remote_write)"}},
      {"upstream_types.toml",
       {R"(:21:18: unknown check "hme"; did you mean "home"?)",
        R"(:25:7: url: a URL with credentials; write them as auth = { basic = { user = "NAME", password = { env = "NAME" } } })",
        R"(:50:9: every = "61s": Mackerel is sent to once a minute; leave it out)",
        R"(:58:36: rename: two would be called "probe")",
        R"(:65:1: tags is no key of an upstream of type jsonl: statsd)"}},
      {"wrong_types.toml",
       {R"(:2:10: expected a string, found an integer)",
        R"(:3:10: expected a string, found a boolean)",
        R"(:4:11: expected an integer, found a string)",
        R"(:5:17: expected an integer, found a number)",
        R"(:8:10: expected a string, found an integer)",
        R"(:9:9: expected a duration such as "30s", found an integer)",
        R"(:10:11: expected an array of strings, found a string)",
        R"(:11:10: expected a table, found an array)",
        R"(:12:10: expected an array of strings, found a string)",
        R"(:13:11: expected an integer, found a string)",
        R"(:14:12: expected a boolean, found a string)",
        R"(:15:22: expected a string, { env = "NAME" } or { file = "PATH" }, found an integer)",
        R"(:16:15: expected a boolean or a string such as "gzip", found an integer)",
        R"(:17:8: expected an array of strings, found an integer)",
        R"(:20:8: expected a table, written as [check.NAME], found a string)"}},
      {"dns.toml",
       {R"(:3:25: servers: "192.0.2.1" is named twice)",
        R"(:3:38: servers: "ns..example" is no ADDRESS[:PORT] or NAME[:PORT]: "ns..example" is no host name)",
        R"(:3:53: servers: "https://ns.example/" goes with transport = "doh")",
        R"(:3:76: servers: "authoritative" stands alone, not in an array)",
        R"(:3:93: servers: a server is no ADDRESS[:PORT] or NAME[:PORT]: there are credentials, which this kind of check has no use for)",
        R"(:6:1: servers beside a server in the target)",
        R"(:9:1: servers beside address)",
        R"(:9:11: servers is empty: leave it away to mean the vantage's own)",
        R"(:13:11: servers = "authoritative" contradicts transport = "doh")",
        R"(:17:13: transport = "quic" is none of "udp", "tcp", "dot", "doh")",
        R"(:18:13: expected a boolean, found a string)",
        R"(:19:10: expected a string, found a boolean)",
        R"(:20:13: edns_size = 511 is neither 0 nor from 512 to 65535)",
        R"(:21:7: ecs = "192.0.2.1/24" has bits behind its length)",
        R"(:24:7: ecs = "192.0.2.0" is no ADDRESS/LENGTH such as "192.0.2.0/24")",
        R"(:27:7: ecs = "192.0.2.0/33" has more than 32 bits)",
        R"(:31:1: ecs needs EDNS, which edns_size = 0 leaves out)",
        R"(:32:1: nsid needs EDNS, which edns_size = 0 leaves out)",
        R"(:33:1: cookie needs EDNS, which edns_size = 0 leaves out)",
        R"(:34:1: dnssec_ok needs EDNS, which edns_size = 0 leaves out)",
        R"(:35:1: dnssec needs EDNS, which edns_size = 0 leaves out)",
        R"(:38:1: trust_anchor goes with dnssec = "validate")",
        R"(:39:1: insecure goes with transport = "dot" or "doh")",
        R"(:43:13: dnssec_ok = false contradicts dnssec = "validate")"}},
      {"icmp.toml",
       {R"(:3:9: count = 0 is out of range: from 1 to 100)",
        R"(:4:12: interval = "5ms" is out of range: from 10ms to 1h)",
        R"(:5:8: size = 65508 is out of range: from 0 to 65507)",
        R"(:6:7: ttl = 256 is out of range: from 0 to 255)",
        R"(:7:17: expected a boolean, found an integer)",
        R"(:10:9: count = 101 is out of range: from 1 to 100)"}},
      {"other_targets.toml",
       {R"(:2:10: no host in the target)",
        R"(:4:10: there are credentials, which this kind of check has no use for)",
        R"(:6:10: tls: is followed by //host)", R"(:8:10: the target takes no path)",
        R"(:10:10: the target has a port, which ICMP does not know)",
        R"(:12:10: an IPv6 address is written in brackets: [2001:db8::1])",
        R"(:14:10: shop.example stands where the server does, and no name follows; write dns:shop.example, or dns://SERVER/shop.example)",
        R"(:16:10: unknown type "MXX"; did you mean MX?)",
        R"(:18:10: unknown parameter "typ"; did you mean type?)",
        R"(:20:10: the target has spaces or control characters; write a space as %20)",
        R"(:22:10: no name is asked for; the root is written dns:.)",
        R"(:23:1: count is no key of a check of kind dns: icmp)"}},
      {"references.toml",
       {R"(:2:36: reference: unknown scheme "gopher"; known: https, http, tls, dns, tcp, icmp, grpc, grpcs, ws, wss, heartbeat)",
        R"(:2:58: reference: "tls://a.example" is of kind tls; known: http, dns)",
        R"(:2:77: reference: "https://a.example/" has credentials)",
        R"(:2:109: expected a string, found an integer)",
        R"(:4:13: expected an array of strings, found a string)"}},
      {"tcp.toml",
       {R"(:2:10: the target has no port; write tcp://host:port)",
        R"(:7:3: a step has one of expect, send and starttls)",
        R"(:8:3: a step has one of expect, send and starttls)",
        R"(:9:16: starttls = false is no step)",
        R"(:10:12: expected a string, { env = "NAME" } or { file = "PATH" }, found an integer)",
        R"(:11:14: expected a string, found a table)", R"(:12:14: expect is empty)",
        R"(:13:3: a step has one of expect, send and starttls)",
        R"(:13:5: unknown key "sent"; did you mean "send"?)",
        R"(:14:3: expected a table, found a string)", R"(:19:13: starttls contradicts tls = true)",
        R"(:22:12: dialogue is empty: leave it away to connect alone)",
        R"(:25:1: server_name goes with tls = true or a starttls step)",
        R"(:28:12: expected an array, found a table)",
        R"(:29:7: expected a boolean, found a string)",
        R"(:32:12: dialogue step 2: the pattern is no RE2 pattern: missing ): ()",
        R"(:35:12: dialogue step 2: the expect before has no group 2)",
        R"(:38:12: dialogue step 2: starttls comes twice)"}},
  };
  return kExpected;
}

class ABadConfiguration : public ::testing::TestWithParam<std::string> {};

TEST_P(ABadConfiguration, IsToldInFullAndAtItsPlace) {
  const std::string path = std::string(GAIKEI_BAD_CONFIGS) + "/" + GetParam();
  const auto config = LoadConfig({{path}, "local"});
  ASSERT_FALSE(config);
  std::vector<std::string> said;
  for (const ConfigError& error : config.error()) {
    EXPECT_EQ(error.file, path);
    said.push_back(error.Text().substr(path.size()));
  }
  EXPECT_EQ(said, Expected().at(GetParam()));
}

std::vector<std::string> Names() {
  std::vector<std::string> names;
  for (const auto& [name, messages] : Expected()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, ABadConfiguration, ::testing::ValuesIn(Names()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           return name.substr(0, name.find('.'));
                         });

TEST(BadConfigurations, AreAllInTheTable) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(GAIKEI_BAD_CONFIGS)) {
    files.push_back(entry.path().filename().string());
  }
  std::erase(files, "expressions.toml");
  EXPECT_THAT(files, ::testing::UnorderedElementsAreArray(Names()));
}

TEST(BadConfigurations, ShowNoPassword) {
  for (const auto& [name, messages] : Expected()) {
    for (const std::string& message : messages) {
      EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
  }
}

}  // namespace
}  // namespace gaikei
