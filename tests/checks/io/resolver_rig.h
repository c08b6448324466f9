#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/io/dns/resolver.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "tests/checks/io/dns_script.h"
#include "tests/checks/io/temp_file.h"

/// What the tests of the resolver share.
namespace gaikei::io {

inline std::vector<std::string> Texts(const std::vector<Address>& addresses) {
  std::vector<std::string> texts;
  for (const Address& address : addresses) texts.push_back(address.Text());
  return texts;
}

using List = std::vector<std::string>;

// Answers A and AAAA of every name.
inline std::string BothFamilies(const DnsQuestion& question) {
  DnsReply reply(question);
  if (question.type == kTypeA) reply.A(question.name, "192.0.2.1").A(question.name, "192.0.2.2");
  if (question.type == kTypeAaaa) reply.Aaaa(question.name, "2001:db8::1");
  return reply.Bytes();
}

inline DnsScript::Script Always(int rcode) {
  return [rcode](const DnsQuestion& question) { return DnsReply(question, rcode).Bytes(); };
}

inline std::string Silence(const DnsQuestion& /*question*/) { return {}; }

class ResolverTest : public testing::Test {
 protected:
  // Resolves with these servers and waits for the answer.
  ResolveResult Resolve(const List& servers, std::string_view host, Family family) {
    Resolver resolver(loop_, RegionWith(servers), files_);
    return ResolveWith(resolver, host, family);
  }

  ResolveResult ResolveWith(Resolver& resolver, std::string_view host, Family family) {
    return ResolveWith(resolver, host, ResolveOptions{.family = family});
  }

  ResolveResult ResolveWith(Resolver& resolver, std::string_view host,
                            const ResolveOptions& options) {
    std::optional<ResolveResult> result;
    const auto ticket = resolver.Resolve(host, options, [&](ResolveResult answer) {
      result = std::move(answer);
      loop_.Stop();
    });
    EXPECT_FALSE(result.has_value()) << "answered inside Resolve()";
    RunWithFailsafe();
    if (!result) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    EXPECT_EQ(result->reason == Reason::kNone, !result->addresses.empty());
    EXPECT_EQ(result->reason == Reason::kNone, result->message.empty());
    return *result;
  }

  void RunWithFailsafe() {
    Timer failsafe(loop_);
    failsafe.Arm(std::chrono::seconds(30), [this] { loop_.Stop(); });
    loop_.Run();
  }

  // Resolves from a region and gives up after so long, unless there is an answer before.
  ResolveResult ResolveUntil(Resolver& resolver, std::string_view host, Span deadline,
                             Family family = Family::kIpv4) {
    std::optional<ResolveResult> result;
    const auto ticket = resolver.Resolve(host, family, [&](ResolveResult answer) {
      result = std::move(answer);
      loop_.Stop();
    });
    RunFor(deadline);
    return result ? *result : ticket->GiveUp();
  }

  // The address of a name server that is not there.
  std::string Gone() {
    const DnsScript closed(loop_, Silence);
    return closed.Text();
  }

  // Runs the loop for a while.
  void RunFor(Span span) {
    Timer end(loop_);
    end.Arm(span, [this] { loop_.Stop(); });
    loop_.Run();
  }

  static Region RegionWith(const List& servers) {
    Region region;
    region.resolver = servers;
    return region;
  }

  Loop loop_;
  TempFile hosts_;
  TempFile resolv_conf_;
  ResolverFiles files_{.hosts = hosts_.path(), .resolv_conf = resolv_conf_.path()};
};

}  // namespace gaikei::io
