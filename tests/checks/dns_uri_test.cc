#include "checks/dns/dns_uri.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gaikei {
namespace {

/// "server port name type class", or what is wrong.
std::string Parsed(std::string_view text) {
  const auto uri = ParseDnsUri(text);
  if (!uri) return uri.error();
  return fmt::format("{} {} {} {} {}", uri->server.empty() ? "-" : uri->server, uri->port,
                     uri->name, uri->type, uri->klass);
}

TEST(ADnsUri, AsksForAnAddressUnlessItSaysOtherwise) {
  EXPECT_EQ(Parsed("dns:shop.example"), "- 0 shop.example 1 1");
  EXPECT_EQ(Parsed("dns:shop.example."), "- 0 shop.example 1 1");
  EXPECT_EQ(Parsed("DNS:Shop.Example?"), "- 0 Shop.Example 1 1");
}

TEST(ADnsUri, NamesTypeAndClass) {
  EXPECT_EQ(Parsed("dns:shop.example?type=MX;class=IN"), "- 0 shop.example 15 1");
  EXPECT_EQ(Parsed("dns:shop.example?CLASS=ch&Type=txt"), "- 0 shop.example 16 3");
  EXPECT_EQ(Parsed("dns:shop.example?type=TYPE65280;class=CLASS5"), "- 0 shop.example 65280 5");
  EXPECT_EQ(Parsed("dns:shop.example?type=aa%61a"), "- 0 shop.example 28 1");
}

TEST(ADnsUri, NamesTheServer) {
  EXPECT_EQ(Parsed("dns://9.9.9.9/shop.example?type=AAAA"), "9.9.9.9 0 shop.example 28 1");
  EXPECT_EQ(Parsed("dns://[2620:fe::9]:5353/shop.example"), "2620:fe::9 5353 shop.example 1 1");
  EXPECT_EQ(Parsed("dns://NS1.example:53/shop.example"), "ns1.example 53 shop.example 1 1");
  EXPECT_EQ(Parsed("dns:///shop.example"), "- 0 shop.example 1 1");
}

TEST(ADnsUri, MayBeOfTheRoot) {
  EXPECT_EQ(Parsed("dns:.?type=NS"), "- 0 . 2 1");
  EXPECT_EQ(Parsed("dns:?type=NS"), "- 0 . 2 1");
  EXPECT_EQ(Parsed("dns://9.9.9.9/?type=NS"), "9.9.9.9 0 . 2 1");
  EXPECT_EQ(Parsed("dns:"), "no name is asked for; the root is written dns:.");
  EXPECT_EQ(Parsed("dns://9.9.9.9/"), "no name is asked for; the root is written dns:.");
}

TEST(ADnsUri, DecodesTheName) {
  // RFC 4501, 5.
  EXPECT_EQ(Parsed("dns:world%20wide%20web.example%5c.domain.org?TYPE=TXT"),
            "- 0 world\\032wide\\032web.example\\.domain.org 16 1");
  EXPECT_EQ(Parsed("dns:0%2f25.2.0.192.in-addr.arpa?type=PTR"),
            "- 0 0/25.2.0.192.in-addr.arpa 12 1");
  EXPECT_EQ(Parsed("dns:a%5c%20b"), "- 0 a\\032b 1 1");
  EXPECT_EQ(Parsed("dns:a%2"), "a % in the name is not followed by two hexadecimal digits");
  EXPECT_EQ(Parsed("dns:a%zz"), "a % in the name is not followed by two hexadecimal digits");
  EXPECT_EQ(Parsed("dns:a%0ab"), "the name has a control character; write it as \\DDD");
  EXPECT_EQ(Parsed("dns:b%c3%bccher.example"),
            "the name is not ASCII; write an internationalised name in its xn-- form");
}

TEST(ADnsUri, KeepsADotThatIsPartOfTheLastLabel) {
  EXPECT_EQ(Parsed("dns:a\\."), "- 0 a\\. 1 1");
  EXPECT_EQ(Parsed("dns:a\\\\."), "- 0 a\\\\ 1 1");
}

TEST(ADnsUri, TellsTheNearestOfWhatItDoesNotKnow) {
  EXPECT_EQ(Parsed("dns:a?typ=MX"), "unknown parameter \"typ\"; did you mean type?");
  EXPECT_EQ(Parsed("dns:a?x"), "unknown parameter \"x\"");
  EXPECT_EQ(Parsed("dns:a?type=AAA"), "unknown type \"AAA\"; did you mean AAAA?");
  EXPECT_EQ(Parsed("dns:a?type=CNAM"), "unknown type \"CNAM\"; did you mean CNAME?");
  EXPECT_EQ(Parsed("dns:a?class=INN"), "unknown class \"INN\"; did you mean IN?");
  EXPECT_EQ(Parsed("dns:a?type="), "type has no value");
  EXPECT_EQ(Parsed("dns:a?type=A;type=A"), "type is given twice");
  EXPECT_EQ(Parsed("dns:a?type=%4"), "a % in the query is not followed by two hexadecimal digits");
}

TEST(ADnsUri, AsksNoTransferAndForNothingThatIsNoQuestion) {
  for (const char* type : {"AXFR", "IXFR", "TYPE41", "TSIG", "TKEY"}) {
    EXPECT_EQ(Parsed(fmt::format("dns:a?type={}", type)),
              fmt::format("type \"{}\" is no question that a check can ask", type));
  }
}

TEST(ADnsUri, TellsANameThatStandsWhereTheServerDoes) {
  EXPECT_EQ(Parsed("dns://shop.example"),
            "shop.example stands where the server does, and no name follows; write "
            "dns:shop.example, or dns://SERVER/shop.example");
  EXPECT_EQ(Parsed("dns:/shop.example"),
            "the name begins with a slash; write dns:NAME or dns://SERVER/NAME");
}

TEST(ADnsUri, ThatIsWrongIsRefused) {
  EXPECT_EQ(Parsed("http://a"), "the target does not begin with dns:");
  EXPECT_EQ(Parsed("dns:a#b"), "the target takes no fragment");
  EXPECT_EQ(Parsed("dns://a:0/b"), "the port is not a number from 1 to 65535");
  EXPECT_EQ(Parsed("dns:a..b").find("\"a..b\" cannot be asked for: "), 0U) << Parsed("dns:a..b");
  const std::string label(64, 'a');
  EXPECT_NE(Parsed("dns:" + label).find("cannot be asked for"), std::string::npos);
}

TEST(ADnsUri, DoesNotGiveCredentialsAway) {
  for (const char* text : {"dns://user:hunter2@ns.example/a", "dns://user:hunter2@ns.example"}) {
    EXPECT_EQ(Parsed(text), "there are credentials, which this kind of check has no use for");
  }
}

}  // namespace
}  // namespace gaikei
