#include "checks/io/dns/dns_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/checks/io/dns_bytes.h"

namespace gaikei::io {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr unsigned kA = 1;
constexpr unsigned kCname = 5;
constexpr unsigned kSoa = 6;
constexpr unsigned kTxt = 16;
constexpr unsigned kAaaa = 28;

DnsWireQuery Question(const DnsQuery& query = {.name = "www.example"}) {
  auto built = BuildDnsQuery(query);
  EXPECT_TRUE(built.has_value()) << built.error();
  return built.value_or(DnsWireQuery{});
}

DnsAnswer ReadReply(const WireAnswer& answer, const DnsQuery& query = {.name = "www.example"}) {
  const DnsWireQuery wire = Question(query);
  const std::string message = AnswerTo(wire.bytes, answer);
  EXPECT_TRUE(IsAnswerTo(Span8(message), wire));
  return ReadDnsAnswer(Span8(message), wire);
}

// The one record of an answer, as text.
std::string TextOf(unsigned type, const std::string& data, unsigned klass = 1) {
  const DnsAnswer answer =
      ReadReply({.answers = 1, .records = WireRecord(QuestionName(), type, 60, data, -1, klass)});
  if (answer.reason != Reason::kNone) return answer.message;
  return answer.answer.records.at(0).type + " " + answer.answer.records.at(0).data;
}

TEST(DnsTypes, AreReadByNameAndByNumber) {
  EXPECT_EQ(ParseDnsType("aaaa"), 28);
  EXPECT_EQ(ParseDnsType("TYPE28"), 28);
  EXPECT_EQ(ParseDnsType("HTTPS"), 65);
  EXPECT_EQ(ParseDnsType("ANY"), 255);
  EXPECT_EQ(ParseDnsType("TYPE65280"), 65280);
  for (const char* text : {"", "AAAAA", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "28"}) {
    EXPECT_EQ(ParseDnsType(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseDnsClass("in"), 1);
  EXPECT_EQ(ParseDnsClass("CH"), 3);
  EXPECT_EQ(ParseDnsClass("CLASS42"), 42);
  EXPECT_EQ(ParseDnsClass("XX"), std::nullopt);
  EXPECT_EQ(DnsTypeText(28), "AAAA");
  EXPECT_EQ(DnsTypeText(65), "HTTPS");
  EXPECT_EQ(DnsTypeText(255), "ANY");
  EXPECT_EQ(DnsTypeText(65280), "TYPE65280");
  EXPECT_EQ(DnsClassText(1), "IN");
  EXPECT_EQ(DnsClassText(42), "CLASS42");
}

TEST(DnsTypes, GoThereAndBackForEveryNumber) {
  for (unsigned type = 1; type <= 0xFFFF; ++type) {
    const auto number = static_cast<std::uint16_t>(type);
    ASSERT_EQ(ParseDnsType(DnsTypeText(number)), number) << DnsTypeText(number);
  }
}

TEST(DnsNames, AreRefusedWithTheirReason) {
  for (const char* name : {".", "example", "example.", "_dmarc.example", "*.example", "a\\.b.c",
                           "a\\046b", "xn--bcher-kva.example"}) {
    EXPECT_EQ(WhyNoDnsName(name), "") << name;
  }
  EXPECT_THAT(WhyNoDnsName(""), HasSubstr("empty"));
  EXPECT_THAT(WhyNoDnsName("a..b"), HasSubstr("empty label"));
  EXPECT_THAT(WhyNoDnsName(".a"), HasSubstr("empty label"));
  EXPECT_THAT(WhyNoDnsName(std::string(64, 'a')), HasSubstr("63"));
  EXPECT_EQ(WhyNoDnsName(std::string(63, 'a')), "");
  std::string longest;
  for (int i = 0; i < 127; ++i) longest += "a.";
  EXPECT_EQ(WhyNoDnsName(longest), "");  // 255 bytes on the wire
  EXPECT_THAT(WhyNoDnsName(longest + "a."), HasSubstr("255"));
  EXPECT_THAT(WhyNoDnsName("a\\300b"), HasSubstr("backslash"));
  EXPECT_THAT(WhyNoDnsName("a\\"), HasSubstr("backslash"));
  EXPECT_THAT(WhyNoDnsName("b\xC3\xBC"
                           "cher.example"),
              HasSubstr("xn--"));
  EXPECT_THAT(WhyNoDnsName("a b"), HasSubstr("graphic"));
}

TEST(DnsQueries, AreBuiltByteByByte) {
  const DnsWireQuery query = Question({.name = "a.example", .type = 28, .edns_size = 0});
  EXPECT_EQ(query.bytes, U16(query.id) + U16(0x0100) + U16(1) + U16(0) + U16(0) + U16(0) +
                             WireName("a.example") + U16(28) + U16(1));
  const DnsWireQuery plain =
      Question({.name = ".", .type = 2, .klass = 3, .recursion = false, .checking_disabled = true});
  EXPECT_EQ(plain.bytes, U16(plain.id) + U16(0x0010) + U16(1) + U16(0) + U16(0) + U16(1) +
                             std::string(1, '\0') + U16(2) + U16(3) + WireOpt(""));
}

TEST(DnsQueries, CarryEveryOption) {
  const DnsWireQuery query = Question({.name = "a",
                                       .dnssec_ok = true,
                                       .edns_size = 4096,
                                       .ecs = "192.0.2.255/25",
                                       .nsid = true,
                                       .cookie = true});
  ASSERT_EQ(query.client_cookie.size(), 8U);
  const std::string options =
      WireOption(3, "") +
      WireOption(8, U16(1) + std::string("\x19\x00", 2) + "\xC0" + std::string("\x00\x02\x80", 3)) +
      WireOption(10, query.client_cookie);
  EXPECT_EQ(query.bytes.substr(12), WireName("a") + U16(1) + U16(1) + std::string(1, '\0') +
                                        U16(41) + U16(4096) + U32(0x8000) +
                                        U16(static_cast<unsigned>(options.size())) + options);
}

TEST(DnsQueries, CutTheClientSubnetToItsPrefix) {
  const auto subnet = [](const std::string& text) {
    const std::string bytes = Question({.name = "a", .ecs = text}).bytes;
    return bytes.substr(12 + 3 + 4 + 11 + 4);
  };
  EXPECT_EQ(subnet("0.0.0.0/0"), U16(1) + U16(0));
  EXPECT_EQ(subnet("10.1.2.3/9"), U16(1) + std::string("\x09\x00\x0a\x00", 4));
  EXPECT_EQ(subnet("2001:db8:ff::/33"), U16(2) + std::string("\x21\x00\x20\x01\x0d\xb8\x00", 7));
  for (const char* bad : {"192.0.2.0", "192.0.2.0/33", "2001:db8::/129", "x/24", "192.0.2.0/",
                          "192.0.2.0/-1", "/24", "[2001:db8::]/32", "fe80::1%lo/64"}) {
    const auto built = BuildDnsQuery({.name = "a", .ecs = bad});
    ASSERT_FALSE(built.has_value()) << bad;
    EXPECT_THAT(built.error(), HasSubstr("client subnet"));
  }
}

TEST(DnsQueries, RefuseOptionsWithoutEdns) {
  EXPECT_FALSE(BuildDnsQuery({.name = "a", .dnssec_ok = true, .edns_size = 0}).has_value());
  EXPECT_FALSE(BuildDnsQuery({.name = "a", .edns_size = 0, .cookie = true}).has_value());
  EXPECT_THAT(BuildDnsQuery({.name = "a..b"}).error(), HasSubstr("a..b cannot be asked for"));
}

TEST(DnsQueries, HaveIdsThatNobodyGuesses) {
  std::set<std::uint16_t> ids;
  for (int i = 0; i < 64; ++i) ids.insert(Question().id);
  EXPECT_GT(ids.size(), 48U);
}

TEST(DnsAnswers, AreRecognised) {
  const DnsWireQuery query = Question({.name = "www.example"});
  const std::string good = AnswerTo(query.bytes, {});
  EXPECT_TRUE(IsAnswerTo(Span8(good), query));
  EXPECT_FALSE(IsTruncated(Span8(good)));
  EXPECT_TRUE(IsTruncated(Span8(AnswerTo(query.bytes, {.flags = 0x8380}))));

  std::string shouting = good;
  for (std::size_t i = 13; i < 16; ++i) shouting[i] = 'W';
  EXPECT_TRUE(IsAnswerTo(Span8(shouting), query)) << "0x20";

  std::string other_id = good;
  other_id[0] = static_cast<char>(other_id[0] ^ 1);
  EXPECT_FALSE(IsAnswerTo(Span8(other_id), query));
  EXPECT_FALSE(IsAnswerTo(Span8(query.bytes), query)) << "a question";
  EXPECT_FALSE(IsAnswerTo(Span8(AnswerTo(Question({.name = "wwx.example"}).bytes, {})
                                    .replace(0, 2, query.bytes.substr(0, 2))),
                          query));
  std::string other_type = good;
  other_type[other_type.size() - 3] = 28;
  EXPECT_FALSE(IsAnswerTo(Span8(other_type), query));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(IsAnswerTo(Span8(good).first(size), query)) << size;
  }
  // FORMERR without the question, as old servers send it; NOERROR must not do that.
  EXPECT_TRUE(IsAnswerTo(Span8(good.substr(0, 2) + U16(0x8001) + std::string(8, '\0')), query));
  EXPECT_FALSE(IsAnswerTo(Span8(good.substr(0, 2) + U16(0x8000) + std::string(8, '\0')), query));
  std::string two = good;
  two[5] = 2;
  EXPECT_FALSE(IsAnswerTo(Span8(two), query));
}

TEST(DnsAnswers, AreReadWhole) {
  const std::string soa_data = WireName("ns.example") + WireName("admin.example") +
                               U32(2026010101) + U32(1) + U32(2) + U32(3) + U32(4);
  const DnsAnswer answer = ReadReply(
      {.flags = 0x85B0,
       .answers = 2,
       .authorities = 1,
       .additionals = 2,
       .records = WireRecord(QuestionName(), kCname, 300, WireName("Web.example")) +
                  WireRecord(WireName("Web.example"), kA, 60, std::string("\xC0\x00\x02\x01", 4)) +
                  WireRecord(WireName("example"), kSoa, 3600, soa_data) +
                  WireOpt(WireOption(3, "ns1"), 0x8000) +
                  WireRecord(WireName("ns.example"), kAaaa, 60, std::string(15, '\0') + "\x01")});
  EXPECT_EQ(answer.reason, Reason::kNone) << answer.message;
  EXPECT_EQ(answer.rcode, "NOERROR");
  EXPECT_THAT(answer.flags, ElementsAre("qr", "aa", "rd", "ra", "ad", "cd", "do"));
  EXPECT_EQ(answer.answer.count, 2U);
  ASSERT_EQ(answer.answer.records.size(), 2U);
  EXPECT_EQ(answer.answer.records[0].Text(), "www.example. 300 IN CNAME Web.example.");
  EXPECT_EQ(answer.answer.records[1].Text(), "Web.example. 60 IN A 192.0.2.1");
  ASSERT_EQ(answer.authority.records.size(), 1U);
  EXPECT_EQ(answer.authority.records[0].Text(),
            "example. 3600 IN SOA ns.example. admin.example. 2026010101 1 2 3 4");
  EXPECT_EQ(answer.serial, 2026010101U);
  EXPECT_EQ(answer.additional.count, 1U) << "without OPT";
  EXPECT_EQ(answer.additional.records.at(0).Text(), "ns.example. 60 IN AAAA ::1");
  EXPECT_EQ(answer.nsid, "ns1");
  EXPECT_THAT(answer.notes, IsEmpty());
}

TEST(DnsAnswers, PreferTheSerialOfTheAnswer) {
  const auto soa = [](std::uint32_t serial) {
    return WireRecord(QuestionName(), kSoa, 1,
                      QuestionName() + QuestionName() + U32(serial) + std::string(16, '\0'));
  };
  EXPECT_EQ(ReadReply({.answers = 1, .authorities = 1, .records = soa(7) + soa(8)}).serial, 7U);
  EXPECT_EQ(ReadReply({.authorities = 1, .records = soa(8)}).serial, 8U);
  EXPECT_EQ(ReadReply({}).serial, std::nullopt);
}

TEST(DnsAnswers, ShowEveryTypeInPresentationFormat) {
  EXPECT_EQ(TextOf(15, U16(10) + WireName("mx.example")), "MX 10 mx.example.");
  EXPECT_EQ(TextOf(33, U16(1) + U16(2) + U16(443) + WireName("a")), "SRV 1 2 443 a.");
  EXPECT_EQ(TextOf(kTxt,
                   "\x03"
                   "a\"b" +
                       std::string("\x02\\\x00", 3)),
            R"(TXT "a\"b" "\\\000")");
  EXPECT_EQ(TextOf(kTxt, "\x04\x1b[2J"), R"(TXT "\027[2J")");
  EXPECT_EQ(TextOf(35, U16(1) + U16(2) +
                           "\x01u\x03"
                           "E2U" +
                           std::string(1, '\0') + WireName("")),
            R"(NAPTR 1 2 "u" "E2U" "" .)");
  EXPECT_EQ(TextOf(257, std::string(1, '\0') + "\x05issueca.example"),
            R"(CAA 0 issue "ca.example")");
  EXPECT_EQ(TextOf(43, U16(1) + "\x08\x02\xab\xcd"), "DS 1 8 2 abcd");
  EXPECT_EQ(TextOf(47, WireName("b.example") + std::string("\x00\x01\x40", 3)),
            "NSEC b.example. A");
  EXPECT_EQ(TextOf(50, std::string("\x01\x00\x00\x00\x00\x05", 6) + "abcde" +
                           std::string("\x00\x01\x40", 3)),
            "NSEC3 1 0 0 - c5h66p35 A");
  EXPECT_EQ(TextOf(52, "\x03\x01\x01\xaa"), "TLSA 3 1 1 aa");
  EXPECT_EQ(TextOf(5, std::string("\x04"
                                  "a.b\x07",
                                  5) +
                          std::string(1, '\0')),
            R"(CNAME a\.b\007.)");
}

TEST(DnsAnswers, ShowHttpsRecordsByTheirKeys) {
  const std::string parameters = U16(1) + U16(6) + "\x02h2\x02h3" + U16(3) + U16(2) + U16(8443) +
                                 U16(4) + U16(4) + std::string("\xC0\x00\x02\x01", 4);
  EXPECT_EQ(TextOf(65, U16(1) + WireName("") + parameters),
            "HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1");
  EXPECT_EQ(TextOf(64, U16(0) + WireName("svc.example")), "SVCB 0 svc.example.");
  // What its keys do not explain is shown as bytes.
  EXPECT_EQ(TextOf(65, U16(1) + WireName("") + U16(3) + U16(1) + "x"),
            "HTTPS \\# 8 000100000300"
            "0178");
}

TEST(DnsAnswers, ShowUnknownTypesAsBytes) {
  EXPECT_EQ(TextOf(65280, "\xab\x01"), "TYPE65280 \\# 2 ab01");
  EXPECT_EQ(TextOf(65280, ""), "TYPE65280 \\# 0");
  EXPECT_EQ(TextOf(66, ""), "TYPE66 \\# 0");
  EXPECT_EQ(TextOf(10, "x"), "NULL \\# 1 78");
  EXPECT_EQ(TextOf(11, std::string("\xC0\x00\x02\x01\x06\x00", 6)), "WKS \\# 6 c00002010600");
  EXPECT_EQ(TextOf(kA, "abc", 3), "A \\# 3 616263") << "class CH";
  EXPECT_EQ(TextOf(kTxt,
                   "\x03"
                   "9.9",
                   3),
            R"(TXT "9.9")")
      << "version.bind";
}

TEST(DnsAnswers, KnowExtendedRcodes) {
  const auto rcode = [](unsigned flags, std::uint32_t ttl) {
    return ReadReply({.flags = flags, .additionals = 1, .records = WireOpt("", ttl)}).rcode;
  };
  EXPECT_EQ(rcode(0x8180, 1U << 24U), "BADVERS");
  EXPECT_EQ(rcode(0x8187, 1U << 24U), "BADCOOKIE");
  EXPECT_EQ(rcode(0x8186, 0), "YXDOMAIN");
  EXPECT_EQ(rcode(0x8180, 0xFFU << 24U), "RCODE4080");
}

TEST(DnsAnswers, TellExtendedErrors) {
  const DnsAnswer answer =
      ReadReply({.flags = 0x8182,
                 .additionals = 1,
                 .records = WireOpt(WireOption(15, U16(7) + "old\x1b") +
                                    WireOption(15, U16(49152)) + WireOption(15, "x"))});
  ASSERT_EQ(answer.extended_errors.size(), 2U);
  EXPECT_EQ(answer.extended_errors[0].code, 7U);
  EXPECT_EQ(answer.extended_errors[0].name, "Signature Expired");
  EXPECT_EQ(answer.extended_errors[0].text, "old\\x1b");
  EXPECT_EQ(answer.extended_errors[1].name, "");
  EXPECT_EQ(answer.rcode, "SERVFAIL");
}

TEST(DnsAnswers, TellTheClientSubnetsScope) {
  const auto subnet = [](const std::string& value) {
    return ReadReply({.additionals = 1, .records = WireOpt(WireOption(8, value))}).ecs;
  };
  EXPECT_EQ(subnet(U16(1) + "\x18\x14" + std::string("\xC0\x00\x02", 3)), "192.0.2.0/24/20");
  EXPECT_EQ(subnet(U16(2) + std::string("\x20\x00\x20\x01\x0d\xb8", 6)), "2001:db8::/32/0");
  EXPECT_EQ(subnet(U16(1) + "\x21\x14" + std::string("\xC0\x00\x02", 3)), "");
  EXPECT_EQ(subnet(U16(1) + "\x18\x14" + std::string(5, 'a')), "");
  EXPECT_EQ(subnet(U16(3)), "");
}

TEST(DnsAnswers, TellWhatBecameOfTheCookie) {
  const DnsWireQuery query = Question({.name = "a", .cookie = true});
  const auto cookie = [&](const std::string& options) {
    const std::string message =
        AnswerTo(query.bytes, {.additionals = 1, .records = WireOpt(options)});
    return ReadDnsAnswer(Span8(message), query).cookie;
  };
  EXPECT_EQ(cookie(WireOption(10, query.client_cookie + "serverpt")), "good");
  EXPECT_EQ(cookie(WireOption(10, "clientxxserverpt")), "bad");
  EXPECT_EQ(cookie(WireOption(10, query.client_cookie)), "bad") << "no server part";
  EXPECT_EQ(cookie(WireOption(10, query.client_cookie + std::string(33, 's'))), "bad");
  EXPECT_EQ(cookie(""), "absent");
  EXPECT_EQ(ReadReply({.additionals = 1, .records = WireOpt(WireOption(10, "abc"))}).cookie, "")
      << "none was sent";
}

TEST(DnsAnswers, BoundTheOptions) {
  std::string options;
  for (int i = 0; i < 10000; ++i) options += WireOption(15, U16(0));
  const DnsAnswer answer = ReadReply({.additionals = 1, .records = WireOpt(options)});
  EXPECT_EQ(answer.reason, Reason::kNone) << answer.message;
  EXPECT_EQ(answer.extended_errors.size(), 16U);
  EXPECT_THAT(answer.notes, Contains("10000 EDNS options"));
}

TEST(DnsAnswers, CountAllRecordsAndKeepTheFirst) {
  std::string records;
  for (unsigned i = 0; i < 300; ++i) {
    records += WireRecord(QuestionName(), kA, 60, U16(0x0A00) + U16(i));
  }
  const DnsAnswer answer = ReadReply({.answers = 300, .records = records});
  EXPECT_EQ(answer.answer.count, 300U);
  ASSERT_EQ(answer.answer.records.size(), 64U);
  EXPECT_EQ(answer.answer.records[63].data, "10.0.0.63");
}

TEST(DnsAnswers, BoundTheDataOfOneRecord) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += '\xFF' + std::string(255, '\x01');
  const DnsAnswer answer =
      ReadReply({.answers = 2,
                 .records = WireRecord(QuestionName(), kTxt, 1, text) +
                            WireRecord(QuestionName(), 65280, 1, std::string(9000, 'x'))});
  EXPECT_EQ(answer.reason, Reason::kNone) << answer.message;
  for (const DnsRecord& record : answer.answer.records) {
    EXPECT_LE(record.data.size(), 4096U);
    EXPECT_THAT(record.data, ::testing::EndsWith("..."));
  }
}

TEST(DnsAnswers, ReadHugeTimesToLiveAsZero) {
  const std::string data(4, '\x01');
  const DnsAnswer answer = ReadReply({.answers = 3,
                                      .records = WireRecord(QuestionName(), kA, 0x80000000, data) +
                                                 WireRecord(QuestionName(), kA, 0x7FFFFFFF, data) +
                                                 WireRecord(QuestionName(), kA, 0, data)});
  EXPECT_EQ(answer.answer.records.at(0).ttl, 0U);
  EXPECT_EQ(answer.answer.records.at(1).ttl, 0x7FFFFFFFU);
  EXPECT_EQ(answer.answer.records.at(2).ttl, 0U);
  EXPECT_THAT(answer.notes, ElementsAre(HasSubstr("2^31")));
}

TEST(DnsAnswers, NoteBytesThatNobodyAnnounced) {
  const DnsAnswer answer = ReadReply({.records = "xyz"});
  EXPECT_EQ(answer.reason, Reason::kNone);
  EXPECT_THAT(answer.notes, ElementsAre("3 bytes after the last record"));
}

struct Malformed {
  const char* what;
  WireAnswer answer;
  const char* message;
};

// The first record of an answer begins behind header and question: 12 + 13 + 4.
constexpr unsigned kFirstRecord = 29;

std::vector<Malformed> MalformedAnswers() {
  const std::string four(4, '\x01');
  const std::string good = WireRecord(QuestionName(), kA, 60, four);
  std::string long_name;
  for (int i = 0; i < 5; ++i) long_name += '\x3F' + std::string(63, 'a');
  const auto one = [](std::string record) {
    return WireAnswer{.answers = 1, .records = std::move(record)};
  };
  return {
      {"pointer to itself", one(WireRecord(Pointer(kFirstRecord), kA, 60, four)), "pointer loops"},
      {"two pointers in a circle",
       one(WireRecord(Pointer(kFirstRecord + 2) + Pointer(kFirstRecord), kA, 60, four)),
       "points forward"},
      {"pointer back into its own name",
       one(WireRecord("\x01x" + Pointer(kFirstRecord), kA, 60, four)), "pointer loops"},
      {"pointer forward", one(WireRecord(Pointer(kFirstRecord + 8), kA, 60, four)),
       "points forward"},
      {"pointer past the end", one(WireRecord(Pointer(0x3FFF), kA, 60, four)), "past the end"},
      {"pointer into the header", one(WireRecord(Pointer(2), kA, 60, four)), "header"},
      {"pointer forward in CNAME data",
       {.answers = 2,
        .records = WireRecord(QuestionName(), kCname, 60, Pointer(kFirstRecord + 14)) + good},
       "points forward"},
      {"pointer loop in CNAME data",
       one(WireRecord(QuestionName(), kCname, 60, Pointer(kFirstRecord + 12))), "pointer loops"},
      {"pointer forward in RRSIG data",
       {.answers = 2,
        .records = WireRecord(QuestionName(), 46, 60,
                              std::string(18, '\0') + Pointer(kFirstRecord + 34) + "sig") +
                   good},
       "points forward"},
      {"label of 64 bytes", one(WireRecord('\x40' + std::string(64, 'a') + '\0', kA, 60, four)),
       "63 bytes"},
      {"name of 321 bytes", one(WireRecord(long_name + '\0', kA, 60, four)), "255 bytes"},
      {"name past the end",
       one("\x3F"
           "abc"),
       "past the end"},
      {"data past the end", one(WireRecord(QuestionName(), kA, 60, four, 5)), "runs past the end"},
      {"data of 65,535 bytes announced", one(WireRecord(QuestionName(), kTxt, 60, four, 0xFFFF)),
       "runs past the end"},
      {"record without its length", one(QuestionName() + U16(kA) + U16(1) + U32(1)), "too early"},
      {"no record where one is told of", one(""), "tells of 1 records"},
      {"65,535 records told of",
       {.answers = 0xFFFF, .records = good},
       "tells of 65535 records in its answer section and ends after 1"},
      {"additional records told of",
       {.answers = 1, .additionals = 9, .records = good},
       "additional section"},
      {"A of 3 bytes", one(WireRecord(QuestionName(), kA, 60, "abc")), "too early"},
      {"A of 5 bytes", one(WireRecord(QuestionName(), kA, 60, "abcde")), "too long"},
      {"A of no byte", one(WireRecord(QuestionName(), kA, 60, "")), "too short"},
      {"AAAA of 4 bytes", one(WireRecord(QuestionName(), kAaaa, 60, four)), "too early"},
      {"MX without its name", one(WireRecord(QuestionName(), 15, 60, U16(1))), "too short"},
      {"CNAME with a byte behind it",
       one(WireRecord(QuestionName(), kCname, 60, WireName("a") + "x")), "too long"},
      {"CNAME that reaches into the next record",
       {.answers = 2, .records = WireRecord(QuestionName(), kCname, 60, "\x03", 1) + "abc" + good},
       ""},
      {"SOA cut short", one(WireRecord(QuestionName(), kSoa, 60, WireName("a") + WireName("b"))),
       "too short"},
      {"TXT whose text is longer than its data",
       one(WireRecord(QuestionName(), kTxt, 60,
                      "\x09"
                      "a")),
       ""},
      {"DS of 3 bytes", one(WireRecord(QuestionName(), 43, 60, "abc")), "too short"},
      {"DNSKEY of 2 bytes", one(WireRecord(QuestionName(), 48, 60, "ab")), "too short"},
      {"HTTPS of 1 byte", one(WireRecord(QuestionName(), 65, 60, "a")), "too short"},
      {"two OPT records", {.additionals = 2, .records = WireOpt("") + WireOpt("")}, "two OPT"},
      {"EDNS option past its record",
       {.additionals = 1, .records = WireOpt(U16(3) + U16(9) + "x")},
       "EDNS option"},
  };
}

TEST(DnsAnswers, AreMalformedForWhatIsSaid) {
  for (const Malformed& row : MalformedAnswers()) {
    SCOPED_TRACE(row.what);
    const DnsAnswer answer = ReadReply(row.answer);
    EXPECT_EQ(answer.reason, Reason::kDnsMalformed);
    EXPECT_THAT(answer.message, HasSubstr(row.message));
    EXPECT_THAT(answer.message, HasSubstr("cannot be read"));
  }
}

TEST(DnsAnswers, AreMalformedWhereverTheyBreakOff) {
  const DnsWireQuery query = Question();
  const std::string whole = AnswerTo(
      query.bytes,
      {.answers = 2,
       .additionals = 1,
       .records = WireRecord(QuestionName(), 15, 60, U16(10) + "\x02mx" + QuestionName()) +
                  WireRecord(QuestionName(), kTxt, 60, "\x02hi") + WireOpt(WireOption(3, "ns1"))});
  ASSERT_EQ(ReadDnsAnswer(Span8(whole), query).reason, Reason::kNone);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReadDnsAnswer(Span8(whole).first(size), query).reason, Reason::kDnsMalformed) << size;
  }
}

TEST(DnsAnswers, SeeALieAboutSizesPastTheRecordsThatAreKept) {
  std::string records;
  for (int i = 0; i < 80; ++i) records += WireRecord(QuestionName(), kA, 60, "abcd");
  records += WireRecord(QuestionName(), kA, 60, "abc");
  EXPECT_EQ(ReadReply({.answers = 81, .records = records}).reason, Reason::kDnsMalformed);
}

}  // namespace
}  // namespace gaikei::io
