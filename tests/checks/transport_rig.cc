#include "tests/checks/transport_rig.h"

#include <gtest/gtest.h>

#include "checks/http/http.h"
#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"

namespace gaikei {
namespace {

void ExpectSumOfPhases(const Observation& seen) {
  const auto difference = seen.phases.Sum() - seen.duration;
  EXPECT_LE(std::chrono::abs(difference), std::chrono::microseconds(10));
  for (const auto& span : seen.phases.spent) EXPECT_GE(span.value_or(Span(0)).count(), 0);
  EXPECT_GE(seen.phases.other.count(), 0);
}

}  // namespace

CheckSpec TransportSpec(const std::string& target) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "check";
  identity->kind = "http";
  identity->target = target;
  CheckSpec spec;
  spec.identity = std::move(identity);
  spec.target = Secret(target, false);
  return spec;
}

std::vector<Observation> RunSlots(const CheckSpec& spec, std::size_t count,
                                  const std::function<void()>& between,
                                  const std::vector<io::Address>& peers) {
  auto check = MakeHttpCheck(spec);
  if (!check) {
    ADD_FAILURE() << check.error();
    return std::vector<Observation>(count);
  }
  std::vector<Observation> all;
  const Region region;
  io::Loop loop;
  {
    io::Engine engine(loop);
    std::unique_ptr<Attempt> attempt;
    std::function<void()> next = [&] {
      const io::Address* peer = peers.empty() ? nullptr : &peers[all.size()];
      attempt = (*check)->Start({engine, region, spec.timeout, peer}, [&](Observation seen) {
        ExpectSumOfPhases(seen);
        all.push_back(std::move(seen));
        if (all.size() == count) return loop.Stop();
        loop.Post([&] {
          attempt.reset();
          if (between) between();
          next();
        });
      });
    };
    loop.Post(next);
    loop.Run();
  }
  return all;
}

Observation RunOnce(const CheckSpec& spec) { return RunSlots(spec, 1).front(); }

std::string WhyNoCheck(const CheckSpec& spec) {
  const auto check = MakeHttpCheck(spec);
  return check ? "" : check.error();
}

std::string VerdictOf(const Observation& seen) {
  std::string text(Name(seen.status));
  if (seen.reason != Reason::kNone) text += " " + std::string(Name(seen.reason));
  if (seen.phase) text += " " + std::string(Name(*seen.phase));
  return text;
}

}  // namespace gaikei
