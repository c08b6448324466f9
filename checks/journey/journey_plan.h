#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// A text of a step's request beside its target and its body.
struct RequestField {
  enum class Kind : std::uint8_t { kHeader, kCookie, kAuth };
  Kind kind = Kind::kHeader;
  std::size_t index = 0;  ///< into HttpPlan::headers, HttpPlan::cookies or kAuthFields
};
/// What of HttpPlan::auth may hold ${name}.
inline constexpr std::array kAuthFields = {&HttpAuth::user,       &HttpAuth::password,
                                           &HttpAuth::token,      &HttpAuth::access_key,
                                           &HttpAuth::secret_key, &HttpAuth::session_token};
/// REQUIRES: the plan has the field.
Secret& FieldOf(HttpPlan& plan, const RequestField& field);

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
  std::optional<Template> target;  ///< absent: plan->url as it is
  std::vector<std::pair<RequestField, Template>> fields;
  std::optional<Template> body;    ///< absent: plan->body as it is
  std::vector<std::string> names;  ///< that all of these need, each once
  bool is_host_captured = false;   ///< a step before decides which host is asked
  bool has_credentials = false;    ///< of the configuration, beside header fields and the body

  std::vector<NamedCapture> captures;
  std::size_t keep_limit = 0;  ///< bytes of the body that the captures look at
};

/// A journey as it runs: compiled once, immutable, shared by all its attempts on all loops.
struct JourneyPlan {
  std::vector<JourneyStep> steps;
  std::vector<io::Url> origins;  ///< of the steps whose host is written down
  Concealer secrets;             ///< of the configuration
  Span clean_up{0};              ///< beyond the timeout, for steps with `always`
  Span tokens{0};                ///< beside the timeout, for tokens that have to be fetched
  std::vector<expect::Expression> expect;
  std::vector<expect::Expression> warn;
};

/// Errors as of MakeJourneyCheck().
tl::expected<std::shared_ptr<const JourneyPlan>, std::string> CompileJourney(const CheckSpec& spec);

/// Every secret of a step's configuration, taken apart: of a secret body its text values, of an
/// Authorization its credentials.
void AddSecrets(const CheckSpec& request, Concealer& secrets);

}  // namespace gaikei
