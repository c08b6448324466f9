#pragma once

#include <string>
#include <vector>

#include "checks/spec.h"
#include "results/outcome.h"

namespace gaikei {

/// A step of a journey under test; what is not set is as in CheckSpec.
struct StepUnderTest {
  std::string name;
  std::string target;
  std::string method = {};
  std::vector<std::pair<std::string, Secret>> headers = {};
  std::string body = {};
  BodyFormat format = BodyFormat::kRaw;
  bool is_body_secret = false;
  std::vector<std::string> expect = {};
  std::vector<std::string> warn = {};
  std::vector<Capture> captures = {};
  std::string when = {};
  bool always = false;
  Span timeout = std::chrono::seconds(10);
  std::string shown_target = {};  ///< empty: the target
};

/// A value that may be shown, and one that may not.
Capture Shown(const std::string& name, const std::string& from);
Capture Hidden(const std::string& name, const std::string& from);

/// A journey with 10 s of time.
CheckSpec JourneyOf(const std::vector<StepUnderTest>& steps);

/// The verdicts of the steps in their order: "login pass, read fail expect_status, gone skipped".
std::string StepVerdicts(const Observation& seen);

/// All there is to be read in an observation, as JSON with everything that --verbose shows.
std::string EveryText(const Observation& seen);

}  // namespace gaikei
