/// A table of servers, good, unwise, broken and hostile, with what a `tls` check makes of each.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "results/reason.h"
#include "tests/checks/http_rig.h"
#include "tests/checks/tls_situations.h"
#include "tests/support/tcp_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_server.h"

namespace gaikei {
namespace {

using support::Connection;
using support::TcpServer;
using support::TlsServer;
using testing::ElementsAreArray;
using testing::HasSubstr;

class TlsTorture : public testing::TestWithParam<TlsSituation> {};

std::vector<std::string> LintNames(const Observation& seen) {
  std::vector<std::string> names;
  if (!seen.tls) return names;
  for (const TlsLint& lint : seen.tls->lints) names.push_back(lint.name);
  return names;
}

/// What every outcome keeps to, whatever the server did.
void ExpectSane(const Observation& seen) {
  ExpectPhasesAddUp(seen);
  EXPECT_TRUE(seen.phases[Phase::kTls]);
  EXPECT_TRUE(seen.tcp);
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_EQ(seen.status == Status::kPass, seen.message.empty());
  EXPECT_LE(seen.message.size(), 2000U);
  if (!seen.tls) return;
  EXPECT_EQ(seen.tls->verified, seen.tls->verify_error.empty());
  EXPECT_TRUE(seen.tls->expires_at);
  EXPECT_LE(seen.tls->chain.size(), 10U);
  for (const CertificateInfo& one : seen.tls->chain) EXPECT_LE(one.san.size(), 64U);
  for (const TlsLint& lint : seen.tls->lints) EXPECT_FALSE(lint.detail.empty()) << lint.name;
  EXPECT_EQ(seen.tls->verified, !seen.tls->verified_chain.empty());
  EXPECT_EQ(seen.tls->verified, seen.tls->verified_expires_at.has_value());
}

TEST_P(TlsTorture, IsJudged) {
  const TlsSituation& row = GetParam();
  const TlsPki& pki = TlsPki::Get();
  const support::TempDir dir;
  TlsScene scene = row.make(pki);
  std::unique_ptr<TlsServer> secure;
  std::unique_ptr<TcpServer> plain;
  std::string authority;
  if (scene.story) {
    plain = std::make_unique<TcpServer>(scene.story);
    authority = plain->Authority();
  } else {
    secure = std::make_unique<TlsServer>(scene.tls, [](Connection& c) { c.WaitUntilClosed(); });
    authority = secure->Authority();
  }
  CheckSpec spec = SpecOf("tls", "tls://" + authority);
  spec.tls = scene.check;
  spec.tls.server_name = scene.name;
  if (scene.timeout) spec.timeout = *scene.timeout;
  spec.tls.cacert =
      dir.Write("roots.pem", scene.roots.empty() ? pki.root.certificate : scene.roots);
  if (scene.client)
    spec.tls.cert = dir.Write("client.pem", scene.client->Chain() + scene.client->key);

  const Observation seen = RunCheck(spec);
  EXPECT_EQ(Verdict(seen), row.verdict) << seen.message;
  EXPECT_THAT(seen.message, HasSubstr(row.words));
  EXPECT_THAT(LintNames(seen), ElementsAreArray(row.lints));
  EXPECT_EQ(seen.tls ? seen.tls->chain.size() : 0, row.chain);
  EXPECT_EQ(seen.tls ? seen.tls->verified_chain.size() : 0, row.verified_chain);
  EXPECT_EQ(seen.tls && seen.tls->verified, row.verified_chain > 0);
  ExpectSane(seen);
  if (row.look && !HasFailure()) row.look(seen);
}

INSTANTIATE_TEST_SUITE_P(Servers, TlsTorture, testing::ValuesIn(AllTlsSituations()),
                         [](const auto& param) { return param.param.title; });

TEST(TlsTortureTable, IsLongEnough) { EXPECT_GE(AllTlsSituations().size(), 40U); }

}  // namespace
}  // namespace gaikei
