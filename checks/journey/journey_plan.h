#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "checks/expect/expect.h"
#include "checks/http/http_plan.h"
#include "checks/journey/capture.h"
#include "checks/journey/concealer.h"
#include "checks/journey/condition.h"
#include "checks/journey/template.h"
#include "checks/spec.h"

namespace gaikei {

/// What clean-up steps may take at most beyond the journey's own timeout, all of them together.
inline constexpr std::chrono::seconds kCleanUpLimit{5};

/// One step as it runs. Immutable.
struct JourneyStep {
  struct NamedCapture {
    std::string name;
    CompiledCapture capture;
    bool is_secret = true;
  };

  std::string name;
  std::string shown_target;  ///< ${name} stays
  Span timeout{0};
  bool always = false;
  std::optional<Condition> when;

  /// As it would run with a harmless value in each place.
  std::shared_ptr<const HttpPlan> plan;
  std::optional<Template> target;                         ///< absent: plan->url as it is
  std::vector<std::pair<std::size_t, Template>> headers;  ///< index into plan->headers
  std::optional<Template> body;                           ///< absent: plan->body as it is
  std::vector<std::string> names;                         ///< that all of these need, each once
  bool is_host_captured = false;  ///< a step before decides which host is asked
  bool has_credentials = false;   ///< of the configuration, beside header fields and the body

  std::vector<NamedCapture> captures;
  std::size_t keep_limit = 0;  ///< bytes of the body that the captures want
};

/// A journey as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct JourneyPlan {
  std::vector<JourneyStep> steps;
  std::vector<io::Url> origins;  ///< of the steps whose host is written down
  Concealer secrets;             ///< of the configuration
  Span clean_up{0};              ///< beyond the timeout, for steps with `always`
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
};

/// Errors as of MakeJourneyCheck().
tl::expected<std::shared_ptr<const JourneyPlan>, std::string> CompileJourney(const CheckSpec& spec);

/// Every secret of a step's configuration, taken apart: of a secret body its text values, of an
/// Authorization its credentials.
void AddSecrets(const CheckSpec& request, Concealer& secrets);

}  // namespace gaikei
