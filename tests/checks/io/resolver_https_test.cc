#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "tests/checks/io/resolver_rig.h"

/// HTTPS records (RFC 9460) beside the addresses.
namespace gaikei::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ResolveOptions kHttps{.family = Family::kIpv4, .wants_https = true};

// Priority 1, the owner itself, alpn "h2,h3".
const std::string kData("\x00\x01\x00\x00\x01\x00\x06\x02h2\x02h3", 13);
const char* const kText = "1 . alpn=h2,h3";

std::string WithHttps(const DnsQuestion& question) {
  if (question.type != kTypeHttps) return BothFamilies(question);
  return DnsReply(question).Raw(question.name, kTypeHttps, kData).Bytes();
}

TEST_F(ResolverTest, AsksForHttpsRecordsOnlyWhereTheyAreWanted) {
  DnsScript dns(loop_, WithHttps);
  dns.Delay(kTypeA, milliseconds(100));
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  EXPECT_TRUE(ResolveWith(resolver, "shop.example", Family::kIpv4).evidence.https.empty());
  EXPECT_EQ(dns.Count(kTypeHttps), 0U);
  EXPECT_EQ(ResolveWith(resolver, "shop.example", kHttps).evidence.https, (List{kText}));
  EXPECT_EQ(dns.Count(kTypeHttps), 1U);
}

TEST_F(ResolverTest, DoesNotWaitForHttpsRecordsButTakesThemWhenTheyCome) {
  DnsScript dns(loop_, WithHttps);
  dns.Delay(kTypeHttps, milliseconds(300));
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  std::optional<ResolveResult> result;
  const auto ticket = resolver.Resolve("shop.example", kHttps, [&](ResolveResult answer) {
    result = std::move(answer);
    loop_.Stop();
  });
  RunWithFailsafe();
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->reason, Reason::kNone);
  EXPECT_TRUE(result->evidence.https.empty());
  EXPECT_TRUE(ticket->https().empty());
  RunFor(milliseconds(500));
  EXPECT_EQ(ticket->https(), (List{kText}));
}

TEST_F(ResolverTest, AsksEveryServerOnceForHttpsRecords) {
  DnsScript silent(loop_, [](const DnsQuestion& question) {
    return question.type == kTypeHttps ? std::string() : BothFamilies(question);
  });
  DnsScript sick(loop_, [](const DnsQuestion& question) {
    return DnsReply(question, question.type == kTypeHttps ? 4 : 0).Bytes();
  });
  Resolver resolver(loop_, RegionWith({silent.Text(), sick.Text()}), files_);
  bool is_resolved = false;
  const auto ticket = resolver.Resolve("shop.example", kHttps, [&](const ResolveResult& result) {
    is_resolved = result.reason == Reason::kNone;
  });
  RunFor(milliseconds(2500));
  EXPECT_TRUE(is_resolved);
  EXPECT_TRUE(ticket->https().empty());
  EXPECT_EQ(silent.Count(kTypeHttps), 1U);
  EXPECT_EQ(sick.Count(kTypeHttps), 1U);
  EXPECT_EQ(silent.Count(kTypeA), 1U) << "addresses are not asked for again once they are there";
}

TEST_F(ResolverTest, KeepsEightHttpsRecords) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    if (question.type != kTypeHttps) return BothFamilies(question);
    DnsReply reply(question);
    for (int i = 0; i < 12; ++i) reply.Raw(question.name, kTypeHttps, kData);
    return reply.Bytes();
  });
  dns.Delay(kTypeA, milliseconds(100));
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  EXPECT_EQ(ResolveWith(resolver, "shop.example", kHttps).evidence.https.size(), 8U);
}

TEST_F(ResolverTest, DoesNotMindHttpsRecordsThatCannotBeRead) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    if (question.type != kTypeHttps) return BothFamilies(question);
    const std::string whole = DnsReply(question).Raw(question.name, kTypeHttps, kData).Bytes();
    return whole.substr(0, whole.size() - 5);
  });
  dns.Delay(kTypeA, milliseconds(100));
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  const ResolveResult result = ResolveWith(resolver, "shop.example", kHttps);
  EXPECT_EQ(result.reason, Reason::kNone);
  EXPECT_TRUE(result.evidence.https.empty());
  EXPECT_TRUE(result.evidence.notes.empty());
}

TEST_F(ResolverTest, RemembersHttpsRecordsWithTheAddresses) {
  DnsScript dns(loop_, WithHttps);
  dns.Delay(kTypeA, milliseconds(100));
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  ResolveOptions options = kHttps;
  options.is_cached = true;
  ResolveWith(resolver, "shop.example", options);
  const ResolveResult again = ResolveWith(resolver, "shop.example", options);
  EXPECT_TRUE(again.evidence.is_cached);
  EXPECT_EQ(again.evidence.https, (List{kText}));
  EXPECT_EQ(dns.questions().size(), 2U);
}

}  // namespace
}  // namespace gaikei::io
