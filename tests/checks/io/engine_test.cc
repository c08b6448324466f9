#include "checks/io/engine.h"

#include <gtest/gtest.h>

#include <string>

#include "checks/io/dns/resolver.h"
#include "checks/io/http/curl_pool.h"
#include "tests/checks/io/dns_script.h"

namespace gaikei::io {
namespace {

TEST(Engine, KeepsOneResolverARegion) {
  Loop loop;
  Engine engine(loop);
  Region tokyo;
  tokyo.name = "tokyo";
  tokyo.resolver = {"127.0.0.1"};
  Region osaka = tokyo;
  osaka.name = "osaka";
  Resolver* first = &engine.ResolverFor(tokyo);
  EXPECT_EQ(&engine.ResolverFor(tokyo), first);
  EXPECT_NE(&engine.ResolverFor(osaka), first);
  EXPECT_EQ(&engine.loop(), &loop);
  EXPECT_EQ(engine.curl().in_flight(), 0U);
}

TEST(Engine, MakesANewResolverForARegionWithOtherReferences) {
  Loop loop;
  Engine engine(loop);
  Region region;
  region.resolver = {"127.0.0.1"};
  const auto held = engine.ResolverFor(region).Resolve("127.0.0.1", Family::kIpv4, {});
  const Resolver* before = &engine.ResolverFor(region);
  region.reference = {"https://a.example/"};
  EXPECT_NE(&engine.ResolverFor(region), before);
}

TEST(Engine, MakesANewResolverForARegionThatChangedAndLetsTheOldOneAnswer) {
  Loop loop;
  const auto answer = [](const std::string& address) {
    return [address](const DnsQuestion& question) {
      return DnsReply(question).A(question.name, address).Bytes();
    };
  };
  DnsScript before(loop, answer("192.0.2.1"));
  DnsScript after(loop, answer("192.0.2.2"));
  Engine engine(loop);
  Region region;
  region.resolver = {before.Text()};
  std::string old_answer;
  std::string new_answer;
  const auto note = [&](std::string& into) {
    return [&](const ResolveResult& result) {
      if (!result.addresses.empty()) into = result.addresses[0].Text();
      if (!old_answer.empty() && !new_answer.empty()) loop.Stop();
    };
  };
  const auto old_ticket =
      engine.ResolverFor(region).Resolve("shop.example", Family::kIpv4, note(old_answer));
  region.resolver = {after.Text()};
  const auto new_ticket =
      engine.ResolverFor(region).Resolve("shop.example", Family::kIpv4, note(new_answer));
  loop.Run();
  EXPECT_EQ(old_answer, "192.0.2.1");
  EXPECT_EQ(new_answer, "192.0.2.2");
}

}  // namespace
}  // namespace gaikei::io
