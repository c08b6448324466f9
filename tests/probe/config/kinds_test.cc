#include "tests/probe/config/support.h"

namespace gaikei {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The errors of a check with these keys, without the file's name.
std::vector<std::string> Wrong(const std::string& target, const std::string& keys) {
  auto errors = ErrorsOf("[check.c]\ntarget = \"" + target + "\"\n" + keys + "\n");
  for (std::string& error : errors) error.erase(0, std::string("t.toml").size());
  return errors;
}

TEST(ACheckOfEveryKind, MayTakeItsNamesFromACache) {
  EXPECT_FALSE(CheckWith("").is_resolve_cached);
  EXPECT_FALSE(CheckWith("resolve = \"fresh\"").is_resolve_cached);
  EXPECT_TRUE(CheckWith("resolve = \"cached\"").is_resolve_cached);
  EXPECT_TRUE(CheckWith("resolve = \"cached\"", "icmp://shop.example").is_resolve_cached);
}

TEST(ACheckOfEveryAddress, SaysHowManyHaveToPass) {
  EXPECT_EQ(CheckWith("").addresses, AddressPolicy::kFirst);
  EXPECT_EQ(CheckWith("addresses = \"first\"").addresses, AddressPolicy::kFirst);
  EXPECT_EQ(CheckWith("addresses = \"any\"").addresses, AddressPolicy::kAny);
  EXPECT_EQ(CheckWith("addresses = \"all\"", "tls://shop.example").addresses, AddressPolicy::kAll);
  EXPECT_EQ(CheckWith("addresses = \"quorum\"", "tcp://shop.example:25").addresses,
            AddressPolicy::kQuorum);
}

TEST(ACheckOfEveryAddress, IsOfAKindThatReachesThem) {
  EXPECT_THAT(Wrong("dns:shop.example", "addresses = \"all\""),
              ElementsAre(":3:13: addresses = \"all\" is nothing for a check of kind dns: http, "
                          "tls, tcp, grpc, websocket"));
  EXPECT_THAT(Wrong("icmp://shop.example", "addresses = \"any\""),
              ElementsAre(":3:13: addresses = \"any\" is nothing for a check of kind icmp: http, "
                          "tls, tcp, grpc, websocket"));
  EXPECT_THAT(Wrong("shop.example", "addresses = \"all\"\naddress = \"192.0.2.1\""),
              ElementsAre(":3:13: addresses = \"all\" contradicts address, which is one"));
  EXPECT_THAT(Wrong("icmp://shop.example", "addresses = \"first\""), IsEmpty());
}

TEST(ACheckOfEveryAddress, GivesWayWhereTheDefaultsAloneAskForIt) {
  const Config config = Loaded(R"([defaults]
addresses = "all"
resolve = "cached"
[check.a]
target = "https://shop.example"
[check.b]
target = "https://shop.example"
address = "192.0.2.1"
[check.c]
target = "dns:shop.example"
[check.d]
target = "https://shop.example"
addresses = "first"
resolve = "fresh"
)");
  ASSERT_EQ(config.checks.size(), 4U);
  EXPECT_EQ(config.checks[0].addresses, AddressPolicy::kAll);
  EXPECT_TRUE(config.checks[0].is_resolve_cached);
  EXPECT_EQ(config.checks[1].addresses, AddressPolicy::kFirst);
  EXPECT_EQ(config.checks[2].addresses, AddressPolicy::kFirst);
  EXPECT_EQ(config.checks[3].addresses, AddressPolicy::kFirst);
  EXPECT_FALSE(config.checks[3].is_resolve_cached);
}

TEST(ATlsCheck, TakesEveryKeyOfTls) {
  const CheckSpec spec = CheckWith(R"(starttls = "xmpp"
alpn = ["h2", "xmpp-client"]
ignore_lints = ["expires_soon"]
server_name = "chat.example"
min_version = "1.2"
max_version = "1.3"
ciphers = "HIGH"
cacert = "ca.pem"
cert = "c.pem"
key = "k.pem"
insecure = true)",
                                   "tls://shop.example:5222");
  EXPECT_EQ(spec.identity->kind, "tls");
  EXPECT_EQ(spec.identity->target, "tls://shop.example:5222");
  EXPECT_EQ(spec.tls.starttls, StartTls::kXmpp);
  EXPECT_THAT(spec.tls.alpn, ElementsAre("h2", "xmpp-client"));
  EXPECT_THAT(spec.tls.ignore_lints, ElementsAre("expires_soon"));
  EXPECT_EQ(spec.tls.server_name, "chat.example");
  EXPECT_EQ(spec.tls.min_version, "1.2");
  EXPECT_EQ(spec.tls.max_version, "1.3");
  EXPECT_EQ(spec.tls.ciphers, "HIGH");
  EXPECT_TRUE(spec.tls.insecure);
}

TEST(ATlsCheck, KnowsEightProtocolsThatLeadToTls) {
  const std::pair<const char*, StartTls> known[] = {
      {"smtp", StartTls::kSmtp},         {"imap", StartTls::kImap},  {"pop3", StartTls::kPop3},
      {"ftp", StartTls::kFtp},           {"ldap", StartTls::kLdap},  {"xmpp", StartTls::kXmpp},
      {"postgres", StartTls::kPostgres}, {"mysql", StartTls::kMysql}};
  for (const auto& [name, protocol] : known) {
    EXPECT_EQ(CheckWith("starttls = \"" + std::string(name) + "\"", "tls://a.example").tls.starttls,
              protocol);
  }
  EXPECT_THAT(Wrong("tls://a.example", "starttls = \"smpt\""),
              ElementsAre(":3:12: starttls = \"smpt\" is none of \"smtp\", \"imap\", \"pop3\", "
                          "\"ftp\", \"ldap\", \"xmpp\", \"postgres\", \"mysql\""));
}

TEST(ATlsCheck, OffersProtocolsOf1To255Bytes) {
  EXPECT_THAT(CheckWith("alpn = \"h2\"", "tls://a.example").tls.alpn, ElementsAre("h2"));
  EXPECT_THAT(Wrong("tls://a.example", "alpn = []"),
              ElementsAre(":3:8: alpn is empty: leave it away to offer none"));
  EXPECT_THAT(Wrong("tls://a.example", "alpn = [\"h2\", \"\"]"),
              ElementsAre(":3:15: alpn: \"\" is no protocol of 1 to 255 printable bytes"));
  EXPECT_EQ(Wrong("tls://a.example", "alpn = \"" + std::string(256, 'a') + "\"").size(), 1U);
  EXPECT_THAT(Wrong("tls://a.example", "alpn = \"" + std::string(255, 'a') + "\""), IsEmpty());
  EXPECT_THAT(Wrong("tls://a.example", "alpn = [\"h2\", \"h2\"]"),
              ElementsAre(":3:15: alpn: \"h2\" is named twice"));
}

TEST(AnHttpCheck, MaySayItsVersionByAlpn) {
  EXPECT_EQ(CheckWith("alpn = \"http/1.1\"").http.version, HttpVersion::k1_1);
  EXPECT_EQ(CheckWith("alpn = [\"h2\", \"http/1.1\"]").http.version, HttpVersion::kDefault);
  EXPECT_THAT(Wrong("a.example", "alpn = [\"h3\"]"),
              ElementsAre(":3:8: an http check offers [\"http/1.1\"] or [\"h2\", \"http/1.1\"] and "
                          "no other protocols"));
  EXPECT_THAT(Wrong("a.example", "alpn = \"http/1.1\"\nhttp = \"1.1\""),
              ElementsAre(":3:1: alpn beside http, which says what is offered"));
}

TEST(ADnsCheck, WithItsTargetAloneAsksAsAnyoneWould) {
  const CheckSpec spec = CheckWith("", "dns:shop.example?type=MX");
  EXPECT_EQ(spec.identity->kind, "dns");
  EXPECT_EQ(spec.identity->target, "dns:shop.example?type=MX");
  EXPECT_EQ(spec.target.Reveal(), "dns:shop.example?type=MX");
  EXPECT_TRUE(spec.dns.servers.empty());
  EXPECT_FALSE(spec.dns.is_authoritative);
  EXPECT_EQ(spec.dns.transport, DnsTransport::kUdp);
  EXPECT_TRUE(spec.dns.recursion);
  EXPECT_EQ(spec.dns.edns_size, 1232U);
  EXPECT_FALSE(spec.dns.validate);
}

TEST(ADnsCheck, TakesEveryKey) {
  const CheckSpec spec =
      CheckWith(R"(servers = ["192.0.2.1", "[2001:db8::1]:5353", "ns1.example:53"]
transport = "dot"
recursion = false
checking_disabled = true
dnssec = "validate"
dnssec_ok = true
trust_anchor = "anchor.key"
edns_size = 4096
ecs = "2001:db8::/32"
nsid = true
cookie = true
cacert = "ca.pem"
server_name = "ns.example")",
                "dns:shop.example");
  EXPECT_THAT(spec.dns.servers, ElementsAre("192.0.2.1", "[2001:db8::1]:5353", "ns1.example:53"));
  EXPECT_EQ(spec.dns.transport, DnsTransport::kDot);
  EXPECT_FALSE(spec.dns.recursion);
  EXPECT_TRUE(spec.dns.checking_disabled);
  EXPECT_TRUE(spec.dns.validate);
  EXPECT_TRUE(spec.dns.dnssec_ok);
  EXPECT_EQ(spec.dns.trust_anchor, "anchor.key");
  EXPECT_EQ(spec.dns.edns_size, 4096U);
  EXPECT_EQ(spec.dns.ecs, "2001:db8::/32");
  EXPECT_TRUE(spec.dns.nsid);
  EXPECT_TRUE(spec.dns.cookie);
  EXPECT_EQ(spec.tls.cacert, "ca.pem");
  EXPECT_EQ(spec.tls.server_name, "ns.example");
}

TEST(ADnsCheck, AsksServersOrEveryAuthoritativeOne) {
  const CheckSpec all = CheckWith("servers = \"authoritative\"", "dns:shop.example");
  EXPECT_TRUE(all.dns.is_authoritative);
  EXPECT_TRUE(all.dns.servers.empty());
  const CheckSpec one = CheckWith("servers = \"192.0.2.1\"", "dns:shop.example");
  EXPECT_FALSE(one.dns.is_authoritative);
  EXPECT_THAT(one.dns.servers, ElementsAre("192.0.2.1"));
  const CheckSpec web =
      CheckWith("servers = [\"https://ns.example/dns-query\"]\ntransport = \"doh\"", "dns:a");
  EXPECT_THAT(web.dns.servers, ElementsAre("https://ns.example/dns-query"));
}

TEST(ADnsCheck, TakesTheKeysOfTlsWhereItSpeaksTls) {
  EXPECT_THAT(Wrong("dns:a", "cacert = \"ca.pem\""),
              ElementsAre(":3:1: cacert goes with transport = \"dot\" or \"doh\""));
  EXPECT_THAT(ErrorsOf("[defaults]\ncacert = \"ca.pem\"\n[check.a]\ntarget = \"dns:a\"\n"),
              IsEmpty());
}

TEST(ATcpCheck, SaysWhatIsSentAndExpected) {
  const Environment password("GAIKEI_TEST_PASSWORD", "hunter2");
  const CheckSpec spec = CheckWith(R"x(dialogue = [
  { expect = "^220 (\\S+)" },
  { send = "EHLO $1\r\n" },
  { expect = "STARTTLS" },
  { starttls = true },
  { send = { env = "GAIKEI_TEST_PASSWORD" } },
]
server_name = "mail.example")x",
                                   "tcp://shop.example:25");
  EXPECT_EQ(spec.identity->kind, "tcp");
  EXPECT_FALSE(spec.tcp.tls);
  EXPECT_EQ(spec.tls.server_name, "mail.example");
  ASSERT_EQ(spec.tcp.dialogue.size(), 5U);
  using What = DialogueStep::What;
  EXPECT_EQ(spec.tcp.dialogue[0].what, What::kExpect);
  EXPECT_EQ(spec.tcp.dialogue[0].text.Reveal(), "^220 (\\S+)");
  EXPECT_EQ(spec.tcp.dialogue[1].what, What::kSend);
  EXPECT_EQ(spec.tcp.dialogue[1].text.Reveal(), "EHLO $1\r\n");
  EXPECT_FALSE(spec.tcp.dialogue[1].text.is_secret());
  EXPECT_EQ(spec.tcp.dialogue[3].what, What::kStartTls);
  EXPECT_TRUE(spec.tcp.dialogue[4].text.is_secret());
  EXPECT_EQ(spec.tcp.dialogue[4].text.Reveal(), "hunter2");
}

TEST(ATcpCheck, MaySpeakTlsFromTheFirstByte) {
  const CheckSpec spec = CheckWith("tls = true\nalpn = \"imap\"", "tcp://shop.example:993");
  EXPECT_TRUE(spec.tcp.tls);
  EXPECT_THAT(spec.tls.alpn, ElementsAre("imap"));
}

TEST(AnIcmpCheck, TakesEveryKey) {
  const CheckSpec spec = CheckWith(R"(count = 10
interval = "10ms"
size = 1400
ttl = 64
dont_fragment = true)",
                                   "icmp://[2001:db8::1]");
  EXPECT_EQ(spec.identity->kind, "icmp");
  EXPECT_EQ(spec.icmp.count, 10U);
  EXPECT_EQ(spec.icmp.interval, milliseconds(10));
  EXPECT_EQ(spec.icmp.size, 1400U);
  EXPECT_EQ(spec.icmp.ttl, 64U);
  EXPECT_TRUE(spec.icmp.dont_fragment);
}

TEST(AnIcmpCheck, SendsAllItsRequestsWithinTheTimeout) {
  EXPECT_THAT(Wrong("icmp://a.example", "count = 100"),
              ElementsAre(":3:9: 100 requests every 200ms take 19.8s, and timeout is 10s"));
  EXPECT_THAT(Wrong("icmp://a.example", "count = 3\ninterval = \"5s\""),
              ElementsAre(":4:12: 3 requests every 5s take 10s, and timeout is 10s"));
  EXPECT_THAT(Wrong("icmp://a.example", "timeout = \"100ms\""),
              ElementsAre(":3:11: 3 requests every 200ms take 400ms, and timeout is 100ms"));
  EXPECT_THAT(Wrong("icmp://a.example", "count = 1\ntimeout = \"100ms\""), IsEmpty());
}

TEST(AKey, OfAnotherKindIsToldWithTheKindsThatTakeIt) {
  EXPECT_THAT(Wrong("shop.example", "starttls = \"smtp\""),
              ElementsAre(":3:1: starttls is no key of a check of kind http: tls"));
  EXPECT_THAT(Wrong("dns:a", "method = \"GET\""),
              ElementsAre(":3:1: method is no key of a check of kind dns: http"));
  EXPECT_THAT(
      Wrong("icmp://a.example", "cacert = \"ca.pem\""),
      ElementsAre(
          ":3:1: cacert is no key of a check of kind icmp: http, tls, dns, tcp, grpc, websocket"));
  EXPECT_THAT(Wrong("icmp://a.example", "cuont = 1"),
              ElementsAre(":3:1: unknown key \"cuont\"; did you mean \"count\"?"));
}

TEST(AKey, IsNotToldWhereAWrongTargetHidesTheKind) {
  EXPECT_THAT(Wrong("dns:a..b", "transport = \"tcp\""),
              ElementsAre(::testing::StartsWith(":2:10: ")));
  EXPECT_THAT(Wrong("dsn:a", "transport = \"tcp\""),
              ElementsAre(::testing::StartsWith(":2:10: unknown scheme \"dsn\"")));
}

TEST(Expectations, AreThoseOfTheKind) {
  const CheckSpec dns = CheckWith(
      "expect = [\"rcode == NOERROR\", \"agree\", \"serial.spread <= 0\", \"flags contains 'aa'\"]",
      "dns:shop.example?type=SOA");
  EXPECT_EQ(dns.expect.size(), 4U);
  const CheckSpec icmp =
      CheckWith("expect = [\"packet_loss <= 20%\", \"rtt < 50ms\"]", "icmp://shop.example");
  EXPECT_EQ(icmp.expect.size(), 2U);
  EXPECT_EQ(Wrong("icmp://shop.example", "expect = [\"status == 200\"]").size(), 1U);
}

TEST(ARegion, NamesTargetsThatAreKnownToWork) {
  const Config config = Loaded(
      "[region.tokyo]\nreference = [\"https://a.example/\", \"b.example\", \"dns:c.example\"]\n");
  ASSERT_EQ(config.regions.size(), 1U);
  EXPECT_THAT(config.regions[0]->reference,
              ElementsAre("https://a.example/", "https://b.example", "dns:c.example"));
}

}  // namespace
}  // namespace gaikei
