/// Name servers that misbehave, and the verdict that a `dns` check has to give on each.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include "tests/checks/dns_rig.h"
#include "tests/checks/http_rig.h"
#include "tests/checks/io/dns_bytes.h"
#include "tests/support/raw_dns_server.h"

namespace gaikei {
namespace {

using namespace std::chrono_literals;
using io::AnswerTo;
using io::Pointer;
using io::QuestionName;
using io::U16;
using io::WireAnswer;
using io::WireName;
using io::WireOpt;
using io::WireOption;
using io::WireRecord;
using support::Connection;
using support::RawDatagram;
using support::RawDnsServer;
using support::ReadMessage;
using support::WithLength;
using testing::AssertionResult;

constexpr unsigned kA = 1;
constexpr unsigned kCname = 5;
constexpr unsigned kTxt = 16;
constexpr unsigned kAaaa = 28;
constexpr unsigned kTruncated = 0x8380;
/// Of a check that is to meet its deadline; another one never does.
constexpr Span kShort = 300ms;
constexpr Span kLong = 20s;

const std::string kAddress("\xC0\x00\x02\x01", 4);  // 192.0.2.1

std::string Good(const std::string& query) {
  return AnswerTo(query, {.answers = 1, .records = WireRecord(QuestionName(), kA, 60, kAddress)});
}

/// An answer with these bytes after the question.
std::string Answered(const std::string& query, const std::string& records, unsigned answers = 1) {
  return AnswerTo(query, {.answers = answers, .records = records});
}

std::string Rcode(const std::string& query, unsigned rcode) {
  return AnswerTo(query, {.flags = 0x8180 | rcode});
}

bool HasEdns(const std::string& query) { return query[11] != 0; }

/// A chain of aliases that ends at an address.
std::string Aliases(const std::string& query, unsigned count) {
  std::string records;
  std::string owner = QuestionName();
  for (unsigned i = 0; i < count; ++i) {
    const std::string next = WireName("alias" + std::to_string(i) + ".example");
    records += WireRecord(owner, kCname, 60, next);
    owner = next;
  }
  return Answered(query, records + WireRecord(owner, kA, 60, kAddress), count + 1);
}

std::string LoopOfTwo(const std::string& query) {
  const std::string other = WireName("other.example");
  return Answered(
      query,
      WireRecord(QuestionName(), kCname, 60, other) + WireRecord(other, kCname, 60, QuestionName()),
      2);
}

/// As large as a message can be.
std::string Largest(const std::string& query) {
  std::string records;
  unsigned count = 0;
  const auto record = [](std::size_t size) {
    std::string data;
    while (size > 0) {
      const std::size_t part = std::min<std::size_t>(size - 1, 255);
      data += static_cast<char>(part) + std::string(part, 'x');
      size -= part + 1;
    }
    return WireRecord(QuestionName(), kTxt, 60, data);
  };
  const std::size_t all = 65535 - Answered(query, "").size();
  while (all - records.size() > 2000) {
    records += record(500);
    ++count;
  }
  records += record(all - records.size() - 12);
  return Answered(query, records, count + 1);
}

using OnQuery = std::function<std::string(const std::string& query)>;

/// One datagram for each question.
RawDnsServer::OnDatagram Says(OnQuery say) {
  return [say = std::move(say)](const std::string& query) {
    return std::vector<RawDatagram>{{.bytes = say(query)}};
  };
}

RawDnsServer::OnDatagram SilentServer() {
  return [](const std::string&) { return std::vector<RawDatagram>{}; };
}

std::string Truncated(const std::string& query) { return AnswerTo(query, {.flags = kTruncated}); }

/// One message for each connection, then it stays open.
support::TcpServer::Handler OverTcp(OnQuery say) {
  return [say = std::move(say)](Connection& connection) {
    const std::string query = ReadMessage(connection);
    if (query.empty()) return;
    connection.Write(WithLength(say(query)));
    connection.WaitUntilClosed();
  };
}

struct Case {
  std::string name;
  RawDnsServer::OnDatagram on_datagram;
  std::string verdict;
  std::function<void(const Observation&)> look = {};
  support::TcpServer::Handler on_stream = {};
  std::string type = "A";
  std::function<void(CheckSpec&)> configure = {};
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

const DnsEvidence& Dns(const Observation& seen) {
  static const DnsEvidence kNone;
  EXPECT_TRUE(seen.dns);
  return seen.dns ? *seen.dns : kNone;
}

std::function<void(const Observation&)> Ignored(unsigned count) {
  return [count](const Observation& seen) { EXPECT_EQ(Dns(seen).ignored, count); };
}

std::function<void(const Observation&)> SaysRcode(const std::string& rcode) {
  return [rcode](const Observation& seen) {
    EXPECT_EQ(Dns(seen).rcode, rcode);
    EXPECT_NE(seen.message.find(rcode), std::string::npos) << seen.message;
    EXPECT_EQ(seen.blame, Blame::kTarget);
  };
}

std::function<void(const Observation&)> Mentions(const std::string& text) {
  return [text](const Observation& seen) {
    EXPECT_NE(seen.message.find(text), std::string::npos) << seen.message;
  };
}

constexpr const char* kTimeout = "fail dns_timeout processing";
constexpr const char* kMalformed = "fail dns_malformed processing";

std::vector<Case> SilentCases() {
  return {
      {"NoAnswer", SilentServer(), kTimeout},
      {"WrongId", Says([](const std::string& query) {
         std::string answer = Good(query);
         answer[0] = static_cast<char>(answer[0] ^ 1);
         return answer;
       }),
       kTimeout, Ignored(1)},
      {"WrongSource",
       [](const std::string& query) {
         return std::vector<RawDatagram>{{.bytes = Good(query), .from_elsewhere = true}};
       },
       kTimeout},
      {"OtherQuestion", Says([](const std::string& query) {
         std::string answer = Good(query);
         answer[13] = 'x';
         return answer;
       }),
       kTimeout, Ignored(1)},
      {"EmptyDatagram", Says([](const std::string&) { return std::string(); }), kTimeout,
       Ignored(1)},
      {"OneByte", Says([](const std::string&) { return std::string("x"); }), kTimeout, Ignored(1)},
      {"ElevenBytes", Says([](const std::string& query) { return Good(query).substr(0, 11); }),
       kTimeout, Ignored(1)},
      {"TruncatedAndTcpStalls",
       Says(Truncated),
       kTimeout,
       {},
       [](Connection& connection) { connection.WaitUntilClosed(); }},
      {"TcpLengthLiesThenSilence",
       Says(Truncated),
       kTimeout,
       {},
       [](Connection& connection) {
         const std::string message = Good(ReadMessage(connection));
         connection.Write(U16(static_cast<unsigned>(message.size() + 10)) + message);
         connection.WaitUntilClosed();
       }},
      {"TcpOneByteAtATimeForTooLong",
       Says(Truncated),
       kTimeout,
       {},
       [](Connection& connection) {
         for (const char c : WithLength(Good(ReadMessage(connection)))) {
           if (connection.Pause(50ms) || !connection.Write(std::string(1, c))) return;
         }
       }},
  };
}

std::vector<Case> MalformedCases() {
  const auto record = [](const std::string& owner) {
    return [owner](const std::string& query) {
      return Answered(query, WireRecord(owner, kA, 60, kAddress));
    };
  };
  const auto end = [](const std::string& query) {  // where the first record begins
    return static_cast<unsigned>(Answered(query, "").size());
  };
  return {
      {"TruncatedInsideTcp", Says(Truncated), kMalformed, {}, OverTcp(Truncated)},
      {"AliasesBeyondTheLimit", Says([](const auto& query) { return Aliases(query, 17); }),
       kMalformed, Mentions("16")},
      {"PointerThatLoops",
       Says([=](const std::string& query) { return record(Pointer(end(query)))(query); }),
       kMalformed},
      {"PointerForward",
       Says([=](const std::string& query) { return record(Pointer(end(query) + 4))(query); }),
       kMalformed},
      {"PointerPastTheEnd", Says(record(Pointer(0x3FFF))), kMalformed},
      {"LabelAbove63", Says(record(std::string(1, '\x40') + std::string(64, 'a') + '\0')),
       kMalformed},
      {"NameAbove255",
       Says(record(WireName(std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                            std::string(63, 'c') + "." + std::string(63, 'd')))),
       kMalformed},
      {"DataLengthTooLong", Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kA, 60, kAddress, 40));
       }),
       kMalformed},
      {"DataLengthTooShort", Says([](const std::string& query) {
         return Answered(
             query, WireRecord(QuestionName(), kTxt, 60, std::string("\x09") + "too short", 4));
       }),
       kMalformed},
      {"CountsThatLie", Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kA, 60, kAddress), 65535);
       }),
       kMalformed},
      {"TcpLengthLiesThenClosed",
       Says(Truncated),
       kMalformed,
       {},
       [](Connection& connection) {
         const std::string message = Good(ReadMessage(connection));
         connection.Write(U16(static_cast<unsigned>(message.size() + 10)) + message);
         connection.CloseGracefully();
       }},
      {"AddressOfThreeBytes", Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kA, 60, "abc"));
       }),
       kMalformed},
      {"Ipv6AddressOfFourBytes",
       Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kAaaa, 60, kAddress));
       }),
       kMalformed,
       {},
       {},
       "AAAA"},
      {"MalformedBeforeAGoodOne",
       [](const std::string& query) {
         return std::vector<RawDatagram>{{.bytes = Answered(query, "")}, {.bytes = Good(query)}};
       },
       kMalformed},
  };
}

std::vector<Case> RcodeCases() {
  const auto rcode = [](unsigned code) {
    return Says([code](const std::string& query) { return Rcode(query, code); });
  };
  return {
      {"Servfail", rcode(2), "fail dns_servfail", SaysRcode("SERVFAIL")},
      {"Refused", rcode(5), "fail dns_refused", SaysRcode("REFUSED")},
      {"Nxdomain", rcode(3), "fail dns_nxdomain", SaysRcode("NXDOMAIN")},
      {"Notimp", rcode(4), "fail dns_servfail", SaysRcode("NOTIMP")},
      {"NotimpThatKnowsEdns", Says([](const std::string& query) {
         // It is the question that it does not know, as it says in EDNS.
         if (!HasEdns(query)) return Good(query);
         return AnswerTo(query, {.flags = 0x8184, .additionals = 1, .records = WireOpt("")});
       }),
       "fail dns_servfail", SaysRcode("NOTIMP")},
      {"Formerr", rcode(1), "fail dns_servfail", SaysRcode("FORMERR")},
      {"Yxdomain", rcode(6), "fail dns_servfail", SaysRcode("YXDOMAIN")},
      {"NoData", rcode(0), "fail dns_nodata", Mentions("no A record")},
      {"NoDataAsExpected",
       rcode(0),
       "pass",
       {},
       {},
       "A",
       [](CheckSpec& spec) { spec.expect = {ExpectDns("answer.count == 0")}; }},
      {"RcodeAsExpected",
       rcode(3),
       "pass",
       {},
       {},
       "A",
       [](CheckSpec& spec) { spec.expect = {ExpectDns("rcode == NXDOMAIN")}; }},
      {"RcodeNotAsExpected",
       rcode(2),
       "fail expect_rcode",
       {},
       {},
       "A",
       [](CheckSpec& spec) { spec.expect = {ExpectDns("rcode == NXDOMAIN")}; }},
      {"AliasToAMissingName", Says([](const std::string& query) {
         return AnswerTo(
             query, {.flags = 0x8183,
                     .answers = 1,
                     .records = WireRecord(QuestionName(), kCname, 60, WireName("gone.example"))});
       }),
       "fail dns_nxdomain"},
      {"AliasToANameWithoutData", Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kCname, 60, WireName("empty.example")));
       }),
       "fail dns_nodata"},
      {"ExtendedError", Says([](const std::string& query) {
         return AnswerTo(query, {.flags = 0x8182,
                                 .additionals = 1,
                                 .records = WireOpt(WireOption(15, U16(6) + "no keys"))});
       }),
       "fail dns_servfail", Mentions("SERVFAIL (EDE 6 DNSSEC Bogus: no keys)")},
  };
}

std::vector<Case> PassingCases() {
  const auto count = [](unsigned records) {
    return [records](const Observation& seen) { EXPECT_EQ(Dns(seen).answer.count, records); };
  };
  return {
      {"QuestionInOtherCase", Says([](const std::string& query) {
         std::string answer = Good(query);
         answer[13] = static_cast<char>(answer[13] ^ 0x20);
         return answer;
       }),
       "pass", Ignored(0)},
      {"TruncatedThenTcp", Says(Truncated), "pass",
       [](const Observation& seen) {
         EXPECT_EQ(Dns(seen).transport, "tcp");
         EXPECT_EQ(Dns(seen).tcp_fallbacks, 1U);
         EXPECT_TRUE(seen.phases[Phase::kConnect]);
       },
       OverTcp(Good)},
      {"OneAlias", Says([](const auto& query) { return Aliases(query, 1); }), "pass", count(2)},
      {"EightAliases", Says([](const auto& query) { return Aliases(query, 8); }), "pass", count(9)},
      {"SixteenAliases", Says([](const auto& query) { return Aliases(query, 16); }), "pass",
       count(17)},
      {"AliasToItself", Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kCname, 60, QuestionName()));
       }),
       "pass", count(1)},
      {"LoopOfTwoAliases", Says(LoopOfTwo), "pass", count(2)},
      {"LargestMessageOverTcp", Says(Truncated), "pass",
       [](const Observation& seen) {
         EXPECT_EQ(Dns(seen).size, 65535U);
         EXPECT_GT(Dns(seen).answer.count, 64U);
         EXPECT_EQ(Dns(seen).answer.records.size(), 64U);
       },
       OverTcp(Largest), "TXT"},
      {"TcpOneByteAtATime",
       Says(Truncated),
       "pass",
       {},
       [](Connection& connection) {
         for (const char c : WithLength(Good(ReadMessage(connection)))) {
           if (connection.Pause(1ms) || !connection.Write(std::string(1, c))) return;
         }
         connection.WaitUntilClosed();
       }},
      {"ForeignBeforeAGoodOne",
       [](const std::string& query) {
         std::string foreign = Good(query);
         foreign[1] = static_cast<char>(foreign[1] ^ 1);
         return std::vector<RawDatagram>{{.bytes = foreign}, {.bytes = Good(query)}};
       },
       "pass", Ignored(1)},
      {"FormerrToEdns", Says([](const std::string& query) {
         return HasEdns(query) ? Rcode(query, 1) : Good(query);
       }),
       "pass", [](const Observation& seen) { EXPECT_FALSE(Dns(seen).notes.empty()); }},
      {"NotimpToEdns", Says([](const std::string& query) {
         return HasEdns(query) ? Rcode(query, 4) : Good(query);
       }),
       "pass",
       [](const Observation& seen) {
         ASSERT_EQ(Dns(seen).notes.size(), 1U);
         EXPECT_NE(Dns(seen).notes[0].find("NOTIMP"), std::string::npos) << Dns(seen).notes[0];
       }},
      {"FloodOfOptions", Says([](const std::string& query) {
         std::string options;
         for (int i = 0; i < 300; ++i) options += WireOption(15, U16(0) + "what");
         return AnswerTo(
             query, {.answers = 1,
                     .additionals = 1,
                     .records = WireRecord(QuestionName(), kA, 60, kAddress) + WireOpt(options)});
       }),
       "pass", [](const Observation& seen) { EXPECT_LE(Dns(seen).extended_errors.size(), 64U); }},
      {"TtlOfZero",
       Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kA, 0, kAddress));
       }),
       "pass",
       {},
       {},
       "A",
       [](CheckSpec& spec) { spec.expect = {ExpectDns("ttl == 0")}; }},
      {"TtlWithItsHighestBit",
       Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kA, 0x80000000U, kAddress));
       }),
       "pass",
       {},
       {},
       "A",
       [](CheckSpec& spec) { spec.expect = {ExpectDns("ttl == 0")}; }},
      {"AddressesOfAllKinds", Says([](const std::string& query) {
         return Answered(query,
                         WireRecord(QuestionName(), kA, 60, std::string(4, '\0')) +
                             WireRecord(QuestionName(), kA, 60, "\xA9\xFE\xA9\xFE"),
                         2);
       }),
       "pass",
       [](const Observation& seen) {
         EXPECT_EQ(Dns(seen).answer.records.at(1).data, "169.254.169.254");
       }},
      {"BytesBeyondAscii",
       Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kTxt, 60, "\x06\x1b[31m\xff"));
       }),
       "pass",
       [](const Observation& seen) {
         const std::string& data = Dns(seen).answer.records.at(0).data;
         EXPECT_EQ(data.find('\x1b'), std::string::npos);
         EXPECT_NE(data.find("[31m"), std::string::npos) << data;
       },
       {},
       "TXT"},
      {"DotInsideALabel",
       Says([](const std::string& query) {
         return Answered(query, WireRecord(QuestionName(), kCname, 60,
                                           std::string("\x03"
                                                       "a.b\0",
                                                       5)));
       }),
       "pass",
       [](const Observation& seen) { EXPECT_EQ(Dns(seen).answer.records.at(0).data, "a\\.b."); },
       {},
       "CNAME"},
      {"ThreeHundredAddresses", Says(Truncated), "pass",
       [](const Observation& seen) {
         EXPECT_EQ(Dns(seen).answer.count, 300U);
         EXPECT_EQ(Dns(seen).answer.records.size(), 64U);
       },
       OverTcp([](const std::string& query) {
         std::string records;
         for (int i = 0; i < 300; ++i) records += WireRecord(QuestionName(), kA, 60, kAddress);
         return Answered(query, records, 300);
       })},
      {"AdAndCd",
       Says([](const std::string& query) {
         return AnswerTo(query, {.flags = 0x81B0,
                                 .answers = 1,
                                 .records = WireRecord(QuestionName(), kA, 60, kAddress)});
       }),
       "pass",
       {},
       {},
       "A",
       [](CheckSpec& spec) {
         spec.expect = {ExpectDns("flags == ad"), ExpectDns("flags == cd")};
       }},
  };
}

std::vector<Case> AllCases() {
  std::vector<Case> all;
  for (std::vector<Case>& some : std::vector<std::vector<Case>>{
           SilentCases(),
           MalformedCases(),
           RcodeCases(),
           PassingCases(),
           {{"TruncatedAndTcpRefused", Says(Truncated), "fail connect_refused connect"}}}) {
    for (Case& one : some) all.push_back(std::move(one));
  }
  return all;
}

class DnsTorture : public testing::TestWithParam<Case> {};

TEST_P(DnsTorture, GetsItsVerdict) {
  const Case& one = GetParam();
  const RawDnsServer server(one.on_datagram, one.on_stream);
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example?type=" + one.type);
  const bool is_timeout = one.verdict == kTimeout;
  spec.timeout = is_timeout ? kShort : kLong;
  if (one.configure) one.configure(spec);
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), one.verdict) << seen.message;
  if (is_timeout) {
    EXPECT_GE(seen.duration, kShort);
  } else {
    EXPECT_LT(seen.duration, kLong);
  }
  EXPECT_EQ(seen.message.empty(), seen.status == Status::kPass);
  ASSERT_TRUE(seen.dns);
  EXPECT_EQ(seen.dns->server, server.Authority());
  if (one.look) one.look(seen);
}

INSTANTIATE_TEST_SUITE_P(Server, DnsTorture, testing::ValuesIn(AllCases()),
                         [](const auto& param) { return param.param.name; });

TEST(DnsTrouble, IsRefusedAtOnceWhereNobodyListens) {
  const support::RefusingUdpPort port;
  CheckSpec spec = DnsSpec("dns://" + port.Authority() + "/www.shop.example");
  spec.timeout = kLong;
  const Observation seen = RunCheck(spec);
  EXPECT_EQ(seen.status, Status::kFail);
  EXPECT_EQ(seen.reason, Reason::kConnectRefused);
  EXPECT_LT(seen.duration, kLong);
}

TEST(DnsTrouble, CreditsALateAnswerToNobody) {
  // Each question is answered when the next one comes, to whoever sent the one before.
  std::mutex mutex;
  std::string before;
  std::atomic<int> questions = 0;
  const RawDnsServer server([&](const std::string& query) {
    const std::lock_guard lock(mutex);
    ++questions;
    std::vector<RawDatagram> answers;
    if (!before.empty()) {
      // The second asker gets the first one's answer, with its own id even.
      std::string late = Good(before);
      late.replace(0, 2, query.substr(0, 2));
      late[13] = 'x';
      answers.push_back({.bytes = Good(before)});
      answers.push_back({.bytes = late});
    }
    before = query;
    return answers;
  });
  CheckSpec spec = DnsSpec("dns://" + server.Authority() + "/www.shop.example");
  spec.timeout = kShort;
  EXPECT_EQ(Verdict(RunCheck(spec)), kTimeout);
  const Observation second = RunCheck(spec);
  EXPECT_EQ(Verdict(second), kTimeout);
  EXPECT_EQ(Dns(second).ignored, 2U);
  EXPECT_EQ(questions, 2) << "one try an attempt";
}

TEST(DnsTrouble, AsksForTheNameAsItIsAndNothingElse) {
  std::mutex mutex;
  std::vector<std::string> queries;
  const RawDnsServer server([&](const std::string& query) {
    const std::lock_guard lock(mutex);
    queries.push_back(query);
    return std::vector<RawDatagram>{{.bytes = Rcode(query, 3)}};
  });
  const Observation seen = RunCheck(DnsSpec("dns://" + server.Authority() + "/intranet"));
  EXPECT_EQ(Verdict(seen), "fail dns_nxdomain");
  ASSERT_EQ(queries.size(), 1U);
  EXPECT_EQ(queries[0].substr(12, 10), WireName("intranet"));
}

}  // namespace
}  // namespace gaikei
