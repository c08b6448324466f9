#include "checks/journey/journey_plan.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "checks/io/http/response_head.h"
#include "results/text.h"

namespace gaikei {
namespace {

constexpr std::size_t kStepsLimit = 100;
constexpr std::size_t kCapturesLimit = 100;
constexpr std::size_t kInspected = 1024 * 1024;

using Problem = std::optional<std::string>;
using Known = std::set<std::string, std::less<>>;

bool MayHoldNames(std::string_view text, Place place) {
  return text.find("${") != std::string_view::npos ||
         (place == Place::kForm && text.find("%24") != std::string_view::npos);
}

bool IsJson(const HttpOptions& http) {
  return std::any_of(http.headers.begin(), http.headers.end(), [](const auto& header) {
    return io::EqualsIgnoringCase(header.first, "content-type") &&
           header.second.Reveal().find("json") != std::string_view::npos;
  });
}

Place PlaceOfBody(const HttpOptions& http) {
  switch (http.body_format) {
    case BodyFormat::kJson:
      return Place::kJson;
    case BodyFormat::kForm:
      return Place::kForm;
    case BodyFormat::kMultipart:
      return Place::kMultipart;
    case BodyFormat::kRaw:
      break;
  }
  return IsJson(http) ? Place::kJson : Place::kRaw;
}

/// Compiles one step. `known` are the names that steps before it capture.
class StepCompiler {
 public:
  StepCompiler(const JourneyStepSpec& spec, const Known& known) : spec_(spec), known_(known) {}

  tl::expected<JourneyStep, std::string> Run() {
    step_.name = spec_.name;
    step_.shown_target = spec_.request->identity->target;
    step_.timeout = spec_.request->timeout;
    step_.always = spec_.always;
    Problem problem = CompileRequest();
    if (!problem) problem = CompileWhen();
    if (!problem) problem = CompileCaptures();
    if (problem) return tl::unexpected(std::move(*problem));
    return std::move(step_);
  }

 private:
  Problem CompileRequest() {
    const CheckSpec& request = *spec_.request;
    auto target = CompileText("target", request.target, Place::kUrl);
    if (!target) return std::move(target.error());
    step_.target = std::move(*target);
    CheckSpec sample = request;
    if (step_.target) {
      sample.target = step_.target->Sample();
      const auto hosts = step_.target->HostNames();
      step_.is_host_captured = std::any_of(hosts.begin(), hosts.end(),
                                           [](const auto& name) { return !IsBuiltIn(name); });
    }
    auto plan = CompileHttpPlan(sample);
    if (!plan) return std::move(plan.error());
    plan_ = std::move(*plan);
    step_.plan = plan_;
    step_.has_credentials = request.http.auth.scheme != HttpAuth::Scheme::kNone ||
                            !request.http.cookies.empty() || !request.tls.cert.empty() ||
                            !step_.plan->url.user.empty() || !step_.plan->url.password.empty();
    if (Problem problem = CompileFields(*plan_)) return problem;
    if (!step_.plan->body) return std::nullopt;
    auto body = CompileText("body", *step_.plan->body, PlaceOfBody(request.http));
    if (!body) return std::move(body.error());
    step_.body = std::move(*body);
    return std::nullopt;
  }

  Problem CompileFields(HttpPlan& plan) {
    using Kind = RequestField::Kind;
    // What comes from the environment or a file has no names in it, as the configuration has made
    // sure; what is secret by the name of its field may have some.
    for (std::size_t i = 0; i < plan.headers.size(); ++i) {
      const std::string what = "headers: " + Escape(plan.headers[i].first, 40);
      if (Problem problem = CompileField(what, {Kind::kHeader, i})) return problem;
    }
    for (std::size_t i = 0; i < plan.cookies.size(); ++i) {
      const std::string what = "cookies: " + Escape(plan.cookies[i].first, 40);
      if (Problem problem = CompileField(what, {Kind::kCookie, i})) return problem;
    }
    for (std::size_t i = 0; i < kAuthFields.size(); ++i) {
      if (Problem problem = CompileField("auth", {Kind::kAuth, i})) return problem;
    }
    const HttpAuth& auth = *plan.auth;
    const bool is_client_captured =
        auth.client_id.Reveal().find("${") != std::string_view::npos ||
        auth.client_secret.Reveal().find("${") != std::string_view::npos;
    if (is_client_captured) return "auth: an OAuth 2 client has nothing captured in it";
    return std::nullopt;
  }

  Problem CompileField(const std::string& what, RequestField field) {
    auto text = CompileText(what, FieldOf(*plan_, field), Place::kHeader);
    if (!text) return std::move(text.error());
    if (*text) step_.fields.emplace_back(field, std::move(**text));
    return std::nullopt;
  }

  /// Absent where the text holds no name.
  tl::expected<std::optional<Template>, std::string> CompileText(std::string_view what,
                                                                 const Secret& text, Place place) {
    if (!MayHoldNames(text.Reveal(), place)) return std::nullopt;
    auto compiled = Template::Compile(text.Reveal(), place, text.is_secret());
    if (!compiled) {
      return tl::unexpected(fmt::format("{}: {}", what, compiled.error().message));
    }
    for (std::string& name : compiled->Names()) {
      if (Problem problem = Unknown(name)) {
        return tl::unexpected(fmt::format("{}: {}", what, *problem));
      }
      const bool is_new =
          std::find(step_.names.begin(), step_.names.end(), name) == step_.names.end();
      if (is_new) step_.names.push_back(std::move(name));
    }
    return std::move(*compiled);
  }

  Problem Unknown(const std::string& name) const {
    if (IsBuiltIn(name) || known_.contains(name)) return std::nullopt;
    return "${" + name + "} is captured by no step before this one";
  }

  Problem CompileWhen() {
    if (spec_.when.empty()) return std::nullopt;
    auto condition = Condition::Compile(spec_.when);
    if (!condition) return "when: " + condition.error().message;
    if (Problem problem = Unknown(condition->name())) return "when: " + *problem;
    step_.when = std::move(*condition);
    return std::nullopt;
  }

  Problem CompileCaptures() {
    if (spec_.captures.size() > kCapturesLimit) return "more than 100 captures";
    if (spec_.captures.empty()) return std::nullopt;
    // Whatever is captured: a body that tells a secret makes one of it.
    const bool is_usual = spec_.request->http.max_body == 0;
    step_.keep_limit = is_usual ? kInspected : static_cast<std::size_t>(step_.plan->body_limit);
    for (const Capture& capture : spec_.captures) {
      const std::string shown = "capture " + Escape(capture.name, 40);
      if (IsReservedName(capture.name)) return shown + ": the name is that of a built-in";
      if (!IsVariableName(capture.name)) {
        return shown + ": a name is made of a to z, 0 to 9 and _, no digit first";
      }
      auto compiled = CompiledCapture::Compile(capture.from);
      if (!compiled) return shown + ": " + compiled.error().message;
      step_.captures.push_back({capture.name, std::move(*compiled), capture.is_secret});
    }
    return std::nullopt;
  }

  const JourneyStepSpec& spec_;
  const Known& known_;
  std::shared_ptr<HttpPlan> plan_;  ///< of the step
  JourneyStep step_;
};

}  // namespace

Secret& FieldOf(HttpPlan& plan, const RequestField& field) {
  switch (field.kind) {
    case RequestField::Kind::kHeader:
      return plan.headers[field.index].second;
    case RequestField::Kind::kCookie:
      return plan.cookies[field.index].second;
    case RequestField::Kind::kAuth:
      break;
  }
  return plan.auth.Mutable().*kAuthFields[field.index];
}

tl::expected<std::shared_ptr<const JourneyPlan>, std::string> CompileJourney(
    const CheckSpec& spec) {
  if (spec.steps.empty()) return tl::unexpected(std::string("the journey has no steps"));
  if (spec.steps.size() > kStepsLimit) {
    return tl::unexpected(fmt::format("the journey has more than {} steps", kStepsLimit));
  }
  auto plan = std::make_shared<JourneyPlan>();
  Known known;
  Known names;
  Span clean_up{0};
  for (const JourneyStepSpec& step_spec : spec.steps) {
    const auto failed = [&](const std::string& why) {
      return tl::unexpected(fmt::format("step {}: {}", Escape(step_spec.name, 60), why));
    };
    if (!names.insert(step_spec.name).second) return failed("the name is used twice");
    auto step = StepCompiler(step_spec, known).Run();
    if (!step) return failed(step.error());
    for (const auto& capture : step->captures) known.insert(capture.name);
    if (!step->is_host_captured) plan->origins.push_back(step->plan->url);
    if (step->always) clean_up += step->timeout;
    if (step->plan->tokens) plan->tokens += step->timeout;
    AddSecrets(*step_spec.request, plan->secrets);
    plan->secrets.Add(step->plan->url.user);
    plan->secrets.Add(step->plan->url.password);
    plan->steps.push_back(std::move(*step));
  }
  plan->clean_up = std::min<Span>(clean_up, kCleanUpLimit);
  plan->expect = spec.expect;
  plan->warn = spec.warn;
  return plan;
}

}  // namespace gaikei
