#include "checks/parts/endpoint.h"

#include <gtest/gtest.h>

namespace gaikei {
namespace {

/// "host port", or what is wrong.
std::string ParsedEndpoint(std::string_view target) {
  const auto endpoint = ParseEndpoint(target);
  return endpoint ? endpoint->host + " " + std::to_string(endpoint->port) : endpoint.error();
}

TEST(AnEndpoint, IsAHostWithOrWithoutItsPort) {
  EXPECT_EQ(ParsedEndpoint("tls://shop.example"), "shop.example 0");
  EXPECT_EQ(ParsedEndpoint("tls://shop.example/"), "shop.example 0");
  EXPECT_EQ(ParsedEndpoint("tcp://SHOP.example:25"), "shop.example 25");
  EXPECT_EQ(ParsedEndpoint("tcp://shop.example.:65535/"), "shop.example. 65535");
  EXPECT_EQ(ParsedEndpoint("tcp://_sip._tcp.shop.example:1"), "_sip._tcp.shop.example 1");
  EXPECT_EQ(ParsedEndpoint("icmp://localhost"), "localhost 0");
}

TEST(AnEndpoint, MayBeNumeric) {
  EXPECT_EQ(ParsedEndpoint("tcp://192.0.2.1:25"), "192.0.2.1 25");
  EXPECT_EQ(ParsedEndpoint("tcp://[2001:DB8::1]:25"), "2001:db8::1 25");
  EXPECT_EQ(ParsedEndpoint("icmp://[::1]"), "::1 0");
  EXPECT_EQ(ParsedEndpoint("icmp://[fe80::1%25eth0]"), "fe80::1%eth0 0");
  EXPECT_EQ(ParsedEndpoint("tcp://[fe80::1%eth0.5]:7"), "fe80::1%eth0.5 7");
}

TEST(AnEndpoint, ThatIsNoHostIsRefused) {
  EXPECT_EQ(ParsedEndpoint("tcp://"), "no host in the target");
  EXPECT_EQ(ParsedEndpoint("tcp://:25"), "no host in the target");
  EXPECT_EQ(ParsedEndpoint("tcp:shop.example"), "the scheme is followed by //host");
  EXPECT_EQ(ParsedEndpoint("tcp://a..b"), "\"a..b\" is no host name");
  EXPECT_EQ(ParsedEndpoint("tcp://.a"), "\".a\" is no host name");
  EXPECT_EQ(ParsedEndpoint("tcp://a*b"), "\"a*b\" is no host name");
  EXPECT_EQ(ParsedEndpoint("tcp://" + std::string(64, 'a')),
            "\"" + std::string(64, 'a') + "\" is no host name");
  std::string longest;
  for (int i = 0; i < 64; ++i) longest += "abc.";
  EXPECT_EQ(ParsedEndpoint("tcp://" + longest), "the host is longer than 253 characters");
  EXPECT_EQ(ParsedEndpoint("tcp://192.0.2"), "\"192.0.2\" is no IPv4 address");
  EXPECT_EQ(ParsedEndpoint("tcp://192.0.2.256"), "\"192.0.2.256\" is no IPv4 address");
  EXPECT_EQ(ParsedEndpoint("tcp://shop%2eexample"),
            "the host is percent-encoded; write it as it is");
  EXPECT_EQ(ParsedEndpoint("tcp://b\xc3\xbc"
                           "cher.example"),
            "the host is not ASCII; write an internationalised name in its xn-- form");
}

TEST(AnEndpoint, HasAnIpv6AddressInBrackets) {
  EXPECT_EQ(ParsedEndpoint("tcp://2001:db8::1"),
            "an IPv6 address is written in brackets: [2001:db8::1]");
  EXPECT_EQ(ParsedEndpoint("tcp://[2001:db8::1"), "the target has a [ without its ]");
  EXPECT_EQ(ParsedEndpoint("tcp://[2001:db8::1]x"), "something stands between the ] and the port");
  EXPECT_EQ(ParsedEndpoint("tcp://[192.0.2.1]:1"), "[192.0.2.1] is no IPv6 address");
  EXPECT_EQ(ParsedEndpoint("tcp://[]:1"), "[] is no IPv6 address");
  EXPECT_EQ(ParsedEndpoint("tcp://[fe80::1%]:1"), "[fe80::1%] has no usable zone");
  EXPECT_EQ(ParsedEndpoint("tcp://[fe80::1%a[b]:1"), "[fe80::1%a[b] has no usable zone");
}

TEST(AnEndpoint, HasAPortFrom1To65535) {
  for (const char* text : {"tcp://a:", "tcp://a:0", "tcp://a:65536", "tcp://a:x", "tcp://a:+5",
                           "tcp://a:99999999999999999999", "tcp://[::1]:"}) {
    EXPECT_EQ(ParsedEndpoint(text), "the port is not a number from 1 to 65535") << text;
  }
}

TEST(AnEndpoint, IsAllThatTheTargetHolds) {
  EXPECT_EQ(ParsedEndpoint("tcp://a:1/x"), "the target takes no path");
  EXPECT_EQ(ParsedEndpoint("tcp://a:1//"), "the target takes no path");
  EXPECT_EQ(ParsedEndpoint("tcp://a:1?x"), "the target takes no query");
  EXPECT_EQ(ParsedEndpoint("tcp://a:1/?x"), "the target takes no query");
  EXPECT_EQ(ParsedEndpoint("tcp://a:1#x"), "the target takes no fragment");
}

TEST(AnEndpoint, DoesNotGiveCredentialsAway) {
  const std::string said = ParsedEndpoint("tcp://user:hunter2@a:1");
  EXPECT_EQ(said, "there are credentials, which this kind of check has no use for");
}

}  // namespace
}  // namespace gaikei
