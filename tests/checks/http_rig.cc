#include "tests/checks/http_rig.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "checks/io/engine.h"
#include "checks/io/loop/loop.h"
#include "checks/kinds.h"

namespace gaikei {

CheckSpec SpecOf(const std::string& kind, const std::string& target) {
  auto identity = std::make_shared<CheckIdentity>();
  identity->name = "check";
  identity->kind = kind;
  identity->target = target;
  CheckSpec spec;
  spec.identity = std::move(identity);
  spec.target = Secret(target, false);
  return spec;
}

CheckSpec HttpSpec(const std::string& target) { return SpecOf("http", target); }

expect::Expression Expect(const std::string& text) {
  auto compiled = expect::Expression::Compile(text, "http");
  if (!compiled) {
    ADD_FAILURE() << text << ": " << compiled.error().message;
    std::abort();
  }
  return *compiled;
}

Observation RunHttp(const CheckSpec& spec, const Region& region,
                    const std::function<void()>& just_before) {
  return RunCheck(spec, region, just_before);
}

Observation RunCheck(const CheckSpec& spec, const Region& region,
                     const std::function<void()>& just_before, const io::Address* peer) {
  auto check = MakeCheck(spec);
  if (!check) {
    ADD_FAILURE() << check.error();
    return {};
  }
  std::optional<Observation> seen;
  io::Loop loop;
  {
    io::Engine engine(loop);
    std::unique_ptr<Attempt> attempt;
    bool has_started = false;
    loop.Post([&] {
      if (just_before) just_before();
      attempt = (*check)->Start({engine, region, spec.timeout, peer}, [&](Observation observation) {
        EXPECT_TRUE(has_started) << "done was called inside Start";
        EXPECT_FALSE(seen) << "done was called twice";
        seen = std::move(observation);
        loop.Stop();
      });
      has_started = true;
    });
    loop.Run();
  }
  if (!seen) {
    ADD_FAILURE() << "no outcome";
    return {};
  }
  ExpectPhasesAddUp(*seen);
  return std::move(*seen);
}

std::string WhyNotMade(const CheckSpec& spec) {
  const auto check = MakeCheck(spec);
  return check ? "" : check.error();
}

void ExpectPhasesAddUp(const Observation& seen) {
  const auto difference = seen.phases.Sum() - seen.duration;
  EXPECT_LE(std::chrono::abs(difference), std::chrono::microseconds(10));
  for (const auto& span : seen.phases.spent) {
    EXPECT_GE(span.value_or(Span(0)).count(), 0);
  }
  EXPECT_GE(seen.phases.other.count(), 0);
}

std::string Verdict(const Observation& seen) {
  std::string text(Name(seen.status));
  if (seen.reason != Reason::kNone) text += " " + std::string(Name(seen.reason));
  if (seen.phase) text += " " + std::string(Name(*seen.phase));
  return text;
}

}  // namespace gaikei
