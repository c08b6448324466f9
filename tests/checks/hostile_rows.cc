#include "tests/checks/hostile_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/io/loop/timer.h"
#include "checks/io/tls/certificate_maker.h"
#include "checks/kinds.h"
#include "tests/checks/http_rig.h"
#include "tests/support/net_namespace.h"
#include "tests/support/temp_dir.h"

namespace gaikei {

using support::Connection;
using support::TcpServer;
using support::TlsServer;
using testing::HasSubstr;
using namespace std::chrono_literals;

namespace {

constexpr auto kLinger = 20ms;  ///< how long a second outcome is waited for

bool IsAllowed(const std::string& verdict, const std::string& alternatives) {
  static const std::string kOr = " | ";
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = alternatives.find(kOr, begin);
    if (alternatives.substr(begin, end - begin) == verdict) return true;
    if (end == std::string::npos) return false;
    begin = end + kOr.size();
  }
}

/// No byte of the server's reaches a terminal as it came.
void ExpectHarmless(const std::string& text) {
  EXPECT_TRUE(std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  })) << text;
  for (const char* mark : {"\xe2\x80\xae", "\xe2\x80\xa8", "\xc2\x9b", "\xff"}) {
    EXPECT_EQ(text.find(mark), std::string::npos) << text;
  }
}

/// What every outcome keeps to, whatever the server did.
void ExpectSane(const Observation& seen) {
  ExpectPhasesAddUp(seen);
  EXPECT_EQ(seen.status == Status::kPass, seen.message.empty()) << seen.message;
  if (seen.status == Status::kFail) {
    EXPECT_EQ(seen.blame, Blame::kTarget);
  }
  if (seen.phase) {
    EXPECT_TRUE(seen.phases[*seen.phase]) << Name(*seen.phase);
  }
  if (seen.phase == Phase::kProcessing) {
    EXPECT_FALSE(seen.phases[Phase::kTransfer]);
  }
  EXPECT_NE(seen.port, 0);
  EXPECT_LE(seen.message.size(), 2000U);
  ExpectHarmless(seen.message);
  for (const ExpectResult& result : seen.expect) ExpectHarmless(result.actual);
  if (!seen.http) return;
  ExpectHarmless(seen.http->location);
  EXPECT_LE(seen.http->headers.size(), 200U);
  for (const auto& [name, value] : seen.http->headers) {
    ExpectHarmless(name);
    ExpectHarmless(value);
    EXPECT_LE(value.size(), 2000U);
  }
  EXPECT_LE(seen.http->redirects.size(), 50U);
  for (const HttpHop& hop : seen.http->redirects) ExpectHarmless(hop.url + hop.location);
  for (const std::string& note : seen.http->notes) ExpectHarmless(note);
}

/// One attempt, and a while in which nothing more may come of it.
Observation RunOnce(const Check& check, io::Loop& loop, io::Engine& engine, Span timeout) {
  static const Region region;
  std::optional<Observation> seen;
  std::unique_ptr<Attempt> attempt;
  io::Timer linger(loop);
  loop.Post([&] {
    attempt = check.Start({engine, region, timeout}, [&](Observation observation) {
      EXPECT_FALSE(seen) << "a second outcome: " << Verdict(observation);
      seen = std::move(observation);
      linger.Arm(kLinger, [&] { loop.Stop(); });
    });
  });
  loop.Run();
  EXPECT_TRUE(seen) << "no outcome";
  return std::move(seen).value_or(Observation{});
}

void Run(const CheckSpec& spec, std::size_t runs, std::vector<Observation>& all) {
  const auto check = MakeCheck(spec);
  ASSERT_TRUE(check) << check.error();
  io::Loop loop;
  io::Engine engine(loop);
  for (std::size_t i = 0; i < runs; ++i) {
    all.push_back(RunOnce(**check, loop, engine, spec.timeout));
  }
}

const support::TempDir& Folder() {
  static const support::TempDir folder;
  return folder;
}

}  // namespace

const io::CertifiedKey& HostileRoot() {
  static const io::CertifiedKey root = io::MakeCertificate({.common_name = "Root", .is_ca = true});
  return root;
}

std::string HostileRootFile() {
  static const std::string path = Folder().Write("root.pem", HostileRoot().certificate);
  return path;
}

HostileScene Plain(const TcpServer::Handler& story, std::function<void(CheckSpec&)> asks) {
  auto server = std::make_shared<TcpServer>(story);
  const std::string url = "http://" + server->Authority() + "/";
  return {.server = std::move(server), .url = url, .asks = std::move(asks)};
}

HostileScene Secure(const TcpServer::Handler& story, std::function<void(CheckSpec&)> asks,
                    support::TlsServerOptions options) {
  static const io::CertifiedKey leaf =
      io::MakeCertificate({.addresses = {"127.0.0.1"}, .issuer = &HostileRoot()});
  if (options.certificate.certificate.empty()) options.certificate = leaf;
  auto server = std::make_shared<TlsServer>(options, story);
  const std::string url = "https://" + server->Authority() + "/";
  return {.server = std::move(server),
          .url = url,
          .asks = [asks = std::move(asks), roots = HostileRootFile()](CheckSpec& spec) {
            spec.tls.cacert = roots;
            if (asks) asks(spec);
          }};
}

HostileScene Saying(const std::string& bytes, std::function<void(CheckSpec&)> asks) {
  return Plain(
      [bytes](Connection& c) {
        c.ReadUntil("\r\n\r\n");
        c.Write(bytes);
        c.CloseGracefully();
      },
      std::move(asks));
}

HostileScene SayingOk(const std::string& bytes, std::function<void(CheckSpec&)> asks) {
  return Saying("HTTP/1.1 200 OK\r\n" + bytes, std::move(asks));
}

void Briefly(CheckSpec& spec) { spec.timeout = 300ms; }

std::function<void(CheckSpec&)> Expecting(const std::string& expression) {
  return [expression](CheckSpec& spec) { spec.expect = {Expect(expression)}; };
}

std::string Repeat(const std::string& text, std::size_t count) {
  std::string all;
  all.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::vector<Observation> RunHostile(const HostileScene& scene, std::size_t runs) {
  CheckSpec spec = HttpSpec(scene.url);
  if (scene.asks) scene.asks(spec);
  std::vector<Observation> all;
  if (scene.network_namespace < 0) {
    Run(spec, runs, all);
  } else {
    support::RunInNamespace(scene.network_namespace, [&] { Run(spec, runs, all); });
  }
  return all;
}

void ExpectHostile(const HostileRow& row, const HostileScene& scene,
                   const std::vector<Observation>& seen) {
  ASSERT_EQ(seen.size(), row.verdicts.size());
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_TRUE(IsAllowed(Verdict(seen[i]), row.verdicts[i]))
        << Verdict(seen[i]) << " (" << seen[i].message << ") instead of " << row.verdicts[i];
    ExpectSane(seen[i]);
  }
  const Observation& last = seen.back();
  EXPECT_THAT(last.message, HasSubstr(row.words));
  if (row.status >= 0) {
    EXPECT_EQ(last.http ? last.http->status : 0, row.status);
  }
  const auto notes = last.http ? last.http->notes : std::vector<std::string>{};
  if (!row.note.empty()) {
    EXPECT_THAT(notes, testing::Contains(HasSubstr(row.note)));
  }
  if (row.look) row.look(last);
  if (scene.verify) scene.verify();
}

}  // namespace gaikei
