#include <gtest/gtest.h>

#include "tests/support/knot.h"
#include "tests/support/unbound.h"

namespace gaikei::support {
namespace {

constexpr const char* kZone =
    "$ORIGIN shop.example.\n$TTL 300\n"
    "@ SOA ns hostmaster 42 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n";

std::string Ask(std::uint16_t port, const std::vector<std::string>& question) {
  std::vector<std::string> argv = {"kdig", "@127.0.0.1", "-p", std::to_string(port)};
  argv.insert(argv.end(), question.begin(), question.end());
  return RunToEnd({.argv = argv}).output;
}

TEST(Knot, ServesAZoneAndSignsItWhenTold) {
  const Knot knot({{"shop.example", kZone, true}});
  const std::string answer = Ask(knot.port(), {"+dnssec", "www.shop.example", "A"});
  EXPECT_NE(answer.find("192.0.2.1"), std::string::npos) << answer;
  EXPECT_NE(answer.find("RRSIG"), std::string::npos) << answer;
  EXPECT_NE(knot.Ds("shop.example").find("shop.example. IN DS "), std::string::npos)
      << knot.Ds("shop.example");
}

TEST(Knot, TellsWhyItDoesNotServe) {
  try {
    const Knot knot({{"shop.example", kZone}}, {.server = "  no-such-word: 1\n"});
    FAIL() << "it serves";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-word"), std::string::npos) << error.what();
  }
}

TEST(Unbound, ResolvesAndValidatesThroughAStubZone) {
  const Knot knot({{"shop.example", kZone, true}});
  const Unbound unbound(
      {.stubs = {{"shop.example", "127.0.0.1@" + std::to_string(knot.port())}},
       .trust_anchors = {knot.Ds("shop.example").substr(0, knot.Ds("shop.example").find('\n'))}});
  const std::string answer = Ask(unbound.port(), {"+dnssec", "www.shop.example", "A"});
  EXPECT_NE(answer.find("192.0.2.1"), std::string::npos) << answer << unbound.log();
  EXPECT_NE(answer.find(" ad;"), std::string::npos) << answer << unbound.log();
}

}  // namespace
}  // namespace gaikei::support
