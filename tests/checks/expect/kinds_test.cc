#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/checks/expect/script_source.h"

namespace gaikei::expect {
namespace {

/// "holds", "does not hold", or why it does not compile or cannot be evaluated.
std::string Said(std::string_view text, std::string_view kind, const Source& source) {
  const auto compiled = Expression::Compile(text, kind);
  if (!compiled) {
    return std::to_string(compiled.error().column) + ": " + compiled.error().message;
  }
  const ExpectResult result = compiled->Evaluate(source);
  if (!result.error.empty()) return result.error;
  return result.pass ? "holds" : "does not hold";
}

TEST(ARatio, IsWrittenPlainOrAsAPercentage) {
  const auto seen = ScriptSource().Set(Subject::kPacketLoss, 0.2);
  for (const char* text : {"packet_loss <= 20%", "packet_loss == 0.2", "packet_loss == 20%",
                           "packet_loss < 0.21", "packet_loss in 0..20%", "packet_loss > 19.9%",
                           "packet_loss in [0%, 20%]", "packet_loss not == 0"}) {
    EXPECT_EQ(Said(text, "icmp", seen), "holds") << text;
  }
  for (const char* text : {"packet_loss < 20%", "packet_loss == 0", "packet_loss > 0.5"}) {
    EXPECT_EQ(Said(text, "icmp", seen), "does not hold") << text;
  }
}

TEST(ARatio, IsNoTextAndNoOtherUnit) {
  const ScriptSource seen;
  for (const char* text : {"packet_loss < 20ms", "packet_loss < many", "packet_loss contains 2"}) {
    const std::string said = Said(text, "icmp", seen);
    EXPECT_TRUE(said.starts_with("14: ") || said.starts_with("12: ")) << text << ": " << said;
  }
}

TEST(AFlag, MayStandAlone) {
  const auto set = ScriptSource().Set(Subject::kAgree, true);
  const auto unset = ScriptSource().Set(Subject::kAgree, false);
  EXPECT_EQ(Said("agree", "dns", set), "holds");
  EXPECT_EQ(Said("  agree  ", "dns", set), "holds");
  EXPECT_EQ(Said("agree", "dns", unset), "does not hold");
  EXPECT_EQ(Said("agree == true", "dns", set), "holds");
  EXPECT_EQ(Said("agree == false", "dns", unset), "holds");
  EXPECT_EQ(Said("agree != true", "dns", unset), "holds");
  EXPECT_EQ(Said("agree exists", "dns", unset), "holds");
  EXPECT_EQ(Said("agree", "dns", ScriptSource()), "nothing there");
  EXPECT_EQ(Said("agree not exists", "dns", ScriptSource()), "holds");
}

TEST(AFlag, IsTrueOrFalse) {
  const ScriptSource seen;
  for (const char* text : {"agree == yes", "agree < true", "agree contains true"}) {
    const std::string said = Said(text, "dns", seen);
    EXPECT_TRUE(said.starts_with("9: ") || said.starts_with("6: ")) << text << ": " << said;
  }
}

TEST(ASubjectThatIsNoFlag, DoesNotStandAlone) {
  EXPECT_EQ(Said("rcode", "dns", ScriptSource()), "5: an operator is missing");
  EXPECT_EQ(Said("rtt", "icmp", ScriptSource()), "3: an operator is missing");
}

TEST(DnsSubjects, AreComparedByTheirTypes) {
  const auto seen =
      ScriptSource()
          .Set(Subject::kRcode, std::string_view("NOERROR"))
          .Set(Subject::kAnswerCount, 2.0)
          .Set(Subject::kTtl, 300.0)
          .Set(Subject::kSerial, 4294967295.0)
          .Set(Subject::kSerialSpread, 0.0)
          .Set(Subject::kSize, 1232.0)
          .Set(Subject::kDnssec, std::string_view("secure"))
          .Set(Subject::kFlags, std::vector<std::string_view>{"qr", "aa", "rd"})
          .Set(Subject::kAnswer, std::vector<std::string_view>{"shop.example. 300 IN A 192.0.2.1",
                                                               "shop.example. 300 IN A 192.0.2.2"});
  for (const char* text :
       {"rcode == NOERROR", "rcode in [NOERROR, NXDOMAIN]", "answer.count >= 2", "ttl >= 300",
        "serial == 4294967295", "serial.spread <= 0", "size <= 1232", "size < 2KiB",
        "dnssec == secure", "flags contains aa", "flags not contains tc", "flags == rd",
        "answer contains '192.0.2.2'", R"(answer matches 'IN\s+A\s+192\.0\.2\.1$')",
        "answer not contains '2001:db8:'"}) {
    EXPECT_EQ(Said(text, "dns", seen), "holds") << text;
  }
  for (const char* text : {"rcode == NXDOMAIN", "ttl > 300", "flags contains tc",
                           "flags not contains aa", "answer contains '192.0.2.3'"}) {
    EXPECT_EQ(Said(text, "dns", seen), "does not hold") << text;
  }
}

TEST(RoundTrips, NeedAUnit) {
  const auto seen = ScriptSource().Set(Subject::kRtt, 0.005);
  EXPECT_EQ(Said("rtt < 5.1ms", "icmp", seen), "holds");
  EXPECT_EQ(Said("rtt < 5ms", "tcp", seen), "does not hold");
  EXPECT_EQ(Said("rtt < 5", "tls", seen).substr(0, 3), "6: ");
}

TEST(Responses, AreTexts) {
  const auto seen =
      ScriptSource().Set(Subject::kResponse, std::string_view("220 mail.example ESMTP\r\n"));
  EXPECT_EQ(Said("response contains ESMTP", "tcp", seen), "holds");
  EXPECT_EQ(Said("response matches '^220 '", "tcp", seen), "holds");
  EXPECT_EQ(Said("response not contains '421'", "tcp", seen), "holds");
}

}  // namespace
}  // namespace gaikei::expect
