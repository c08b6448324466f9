#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "checks/io/dns/resolve_cache.h"
#include "tests/checks/io/resolver_rig.h"

namespace gaikei::io {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr ResolveOptions kCached{.family = Family::kIpv4, .is_cached = true};
constexpr std::uint32_t kHuge = 0x80000000U;

TEST_F(ResolverTest, AnswersFromTheCacheOnlyWhoAskedForIt) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  // What a fresh lookup finds is not kept.
  EXPECT_FALSE(ResolveWith(resolver, "shop.example", Family::kIpv4).evidence.is_cached);
  EXPECT_FALSE(ResolveWith(resolver, "shop.example", kCached).evidence.is_cached);
  EXPECT_EQ(dns.questions().size(), 2U);
  const ResolveResult cached = ResolveWith(resolver, "SHOP.example.", kCached);
  EXPECT_EQ(Texts(cached.addresses), (List{"192.0.2.1", "192.0.2.2"}));
  EXPECT_TRUE(cached.evidence.is_cached);
  EXPECT_EQ(cached.evidence.server, dns.Text()) << "who had said so";
  EXPECT_EQ(dns.questions().size(), 2U);
  EXPECT_FALSE(ResolveWith(resolver, "shop.example", Family::kIpv4).evidence.is_cached);
  EXPECT_EQ(dns.questions().size(), 3U);
}

TEST_F(ResolverTest, KeepsFamiliesApartInTheCache) {
  DnsScript dns(loop_, BothFamilies);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  ResolveWith(resolver, "shop.example", kCached);
  const ResolveOptions any{.is_cached = true};
  const ResolveResult half = ResolveWith(resolver, "shop.example", any);
  EXPECT_EQ(half.addresses.size(), 3U);
  EXPECT_FALSE(half.evidence.is_cached) << "AAAA was asked for";
  EXPECT_EQ(dns.Count(kTypeA), 1U);
  EXPECT_EQ(dns.Count(kTypeAaaa), 1U);
  EXPECT_TRUE(ResolveWith(resolver, "shop.example", any).evidence.is_cached);
  EXPECT_EQ(dns.questions().size(), 2U);
}

TEST_F(ResolverTest, ForgetsWhenTheTimeToLiveIsOver) {
  DnsScript dns(loop_, [](const DnsQuestion& question) {
    return DnsReply(question).Ttl(1).A(question.name, "192.0.2.1").Bytes();
  });
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  ResolveWith(resolver, "shop.example", kCached);
  RunFor(milliseconds(1100));
  EXPECT_FALSE(ResolveWith(resolver, "shop.example", kCached).evidence.is_cached);
  EXPECT_EQ(dns.questions().size(), 2U);
}

struct TtlCase {
  const char* name;
  std::function<std::string(const DnsQuestion&)> script;
  bool is_kept;
};
class CacheTest : public ResolverTest, public testing::WithParamInterface<TtlCase> {};

TEST_P(CacheTest, KeepsWhatMayBeKept) {
  DnsScript dns(loop_, GetParam().script);
  Resolver resolver(loop_, RegionWith({dns.Text()}), files_);
  const ResolveResult first = ResolveWith(resolver, "shop.example", kCached);
  const ResolveResult second = ResolveWith(resolver, "shop.example", kCached);
  EXPECT_EQ(second.evidence.is_cached, GetParam().is_kept);
  EXPECT_EQ(dns.questions().size(), GetParam().is_kept ? 1U : 2U);
  EXPECT_EQ(second.reason, first.reason);
  EXPECT_EQ(second.message, first.message);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, CacheTest,
    testing::Values(
        TtlCase{"Address", BothFamilies, true},
        TtlCase{
            "NoTimeToLive",
            [](const DnsQuestion& q) { return DnsReply(q).Ttl(0).A(q.name, "192.0.2.1").Bytes(); },
            false},
        TtlCase{"TopBitSet",
                [](const DnsQuestion& q) {
                  return DnsReply(q).Ttl(kHuge).A(q.name, "192.0.2.1").Bytes();
                },
                false},
        TtlCase{"AliasWithoutTimeToLive",
                [](const DnsQuestion& q) {
                  return DnsReply(q)
                      .Ttl(0)
                      .Cname(q.name, "b.example")
                      .Ttl(60)
                      .A("b.example", "192.0.2.1")
                      .Bytes();
                },
                false},
        TtlCase{"NxdomainWithSoa",
                [](const DnsQuestion& q) { return DnsReply(q, 3).Soa("example", 60).Bytes(); },
                true},
        TtlCase{"NxdomainWithoutMinimum",
                [](const DnsQuestion& q) { return DnsReply(q, 3).Soa("example", 0).Bytes(); },
                false},
        TtlCase{"NxdomainWithoutSoa", Always(3), false},
        TtlCase{"NodataWithSoa",
                [](const DnsQuestion& q) { return DnsReply(q).Soa("example", 60).Bytes(); }, true},
        TtlCase{"NodataWithoutSoa", Always(0), false},
        TtlCase{"Servfail",
                [](const DnsQuestion& q) { return DnsReply(q, 2).Soa("example", 60).Bytes(); },
                false}),
    [](const auto& one) { return std::string(one.param.name); });

LookupVerdict Verdict(std::uint32_t ttl, Reason reason = Reason::kNone) {
  LookupVerdict verdict;
  verdict.reason = reason;
  verdict.ttl = ttl;
  return verdict;
}

TEST(ResolveCache, KeepsNothingLongerThanItsBounds) {
  ResolveCache cache;
  const MonoTime now = MonoNow();
  cache.Keep("a", kRecordA, Verdict(kHuge - 1), now);
  EXPECT_NE(cache.Find("a", kRecordA, now + hours(24) - seconds(1)), nullptr);
  EXPECT_EQ(cache.Find("a", kRecordA, now + hours(24)), nullptr);
  cache.Keep("b", kRecordA, Verdict(kHuge - 1, Reason::kDnsNxdomain), now);
  EXPECT_NE(cache.Find("b", kRecordA, now + hours(3) - seconds(1)), nullptr);
  EXPECT_EQ(cache.Find("b", kRecordA, now + hours(3)), nullptr);
  EXPECT_EQ(cache.size(), 0U);
}

TEST(ResolveCache, MakesRoomByWhatWasNotUsedForTheLongestTime) {
  ResolveCache cache(2);
  const MonoTime now = MonoNow();
  cache.Keep("a", kRecordA, Verdict(60), now);
  cache.Keep("b", kRecordA, Verdict(60), now);
  ASSERT_NE(cache.Find("a", kRecordA, now), nullptr);
  cache.Keep("c", kRecordA, Verdict(60), now);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_NE(cache.Find("a", kRecordA, now), nullptr);
  EXPECT_EQ(cache.Find("b", kRecordA, now), nullptr);
  EXPECT_NE(cache.Find("c", kRecordA, now), nullptr);
}

TEST(ResolveCache, ReplacesWhatItKnows) {
  ResolveCache cache(2);
  const MonoTime now = MonoNow();
  cache.Keep("a", kRecordA, Verdict(1), now);
  cache.Keep("a", kRecordA, Verdict(60), now);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_NE(cache.Find("a", kRecordA, now + seconds(30)), nullptr);
  EXPECT_EQ(cache.Find("a", kRecordAaaa, now), nullptr);
  cache.Clear();
  EXPECT_EQ(cache.Find("a", kRecordA, now), nullptr);
}

}  // namespace
}  // namespace gaikei::io
