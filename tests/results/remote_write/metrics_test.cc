// Remote write says what /metrics says.

#include "results/metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "../samples.h"
#include "receiver.h"
#include "rig.h"

namespace gaikei::testing {
namespace {

using std::chrono::seconds;

/// Reads the labels of a line of OpenMetrics, up to the brace that closes them.
std::map<std::string, std::string> ReadLabels(const std::string& line, std::size_t& at) {
  std::map<std::string, std::string> labels;
  while (line[at] != '}') {
    const std::size_t equals = line.find('=', at);
    const std::string name = line.substr(at, equals - at);
    std::string value;
    for (at = equals + 2; line[at] != '"'; ++at) {
      if (line[at] == '\\') ++at;
      value += line[at] == 'n' && line[at - 1] == '\\' ? '\n' : line[at];
    }
    ++at;
    if (line[at] == ',') ++at;
    labels[name] = value;
  }
  return labels;
}

/// Series of /metrics that are about checks, as Prometheus has them after a scrape of the job
/// "gaikei": labels sorted, without those that are empty.
std::map<std::string, double> Scraped(const std::string& text) {
  std::map<std::string, double> series;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t at = line.find('{');
    if (line.starts_with("#") || at == std::string::npos) continue;
    const std::string name = line.substr(0, at++);
    auto labels = ReadLabels(line, at);
    if (labels.count("check") == 0) continue;
    labels["job"] = "gaikei";
    labels["instance"] = "host-tokyo";
    std::string key = name + "{";
    for (const auto& [label, value] : labels) {
      if (value.empty()) continue;
      if (key.back() != '{') key += ",";
      key += fmt::format("{}=\"{}\"", label, value);
    }
    series[key + "}"] = std::strtod(line.c_str() + at + 2, nullptr);
  }
  return series;
}

std::vector<Outcome> AllKinds() {
  std::vector<Outcome> outcomes;
  outcomes.push_back(PassedOutcome());
  outcomes.push_back(WarnedOutcome());
  outcomes.push_back(ExpiredOutcome());
  outcomes.push_back(TimedOutOutcome());
  outcomes.push_back(SkippedOutcome());
  outcomes.push_back(HealedOutcome());
  outcomes.push_back(HandshakeOutcome());
  outcomes.push_back(DifferingOutcome());
  outcomes.push_back(PingedOutcome());
  outcomes.push_back(EveryAddressOutcome());
  outcomes.push_back(JourneyOutcome());
  outcomes.push_back(ServingOutcome());
  outcomes.push_back(UpgradedOutcome());
  outcomes.push_back(BeatOutcome());
  Outcome named = PassedOutcome("a\"b\\c\nd\xff");
  auto identity = std::make_shared<CheckIdentity>(*named.check);
  identity->labels = {{"1st-team", "y\"\\\n"}, {"__name__", "z"}, {"check", "x"}, {"phase", ""}};
  named.check = std::move(identity);
  outcomes.push_back(std::move(named));
  return outcomes;
}

TEST(RemoteWriteMetrics, AreThoseThatAreScraped) {
  Rig rig;
  Receiver receiver;
  rig.transport.answer = [&](const PostRequest& request) { return receiver(request); };
  MetricStore store;
  Span at = seconds(100);
  for (int round = 0; round < 3; ++round) {
    for (const Outcome& outcome : AllKinds()) {
      store.Observe(outcome);
      ASSERT_EQ(rig.Deliver(rig.make.Sampled(outcome, At(at += seconds(100)))).kind,
                Verdict::Kind::kTaken);
    }
    const auto scraped = Scraped(store.Render(MetricFormat::kOpenMetrics));
    std::map<std::string, double> sent;
    for (const auto& [key, points] : receiver.series()) {
      if (!points.back().IsStale()) sent[key] = points.back().value;
    }
    ASSERT_GT(scraped.size(), 500U);
    for (const auto& [key, value] : scraped) {
      const auto found = sent.find(key);
      ASSERT_NE(found, sent.end()) << key << " was not sent";
      EXPECT_EQ(std::bit_cast<std::uint64_t>(found->second), std::bit_cast<std::uint64_t>(value))
          << key;
    }
    for (const auto& [key, value] : sent) {
      EXPECT_EQ(scraped.count(key), 1U) << key << " is not in /metrics";
    }
  }
}

}  // namespace
}  // namespace gaikei::testing
