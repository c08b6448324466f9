#include "checks/journey/journey_step.h"

#include <algorithm>
#include <utility>

#include "checks/http/cookies.h"

namespace gaikei {
namespace {

using Refusal = tl::unexpected<std::string>;

bool HasSecrets(const JourneyStep& step, const HttpPlan& plan) {
  const auto is_secret = [](const auto& header) { return header.second.is_secret(); };
  return step.has_credentials || (plan.body && plan.body->is_secret()) ||
         std::any_of(plan.headers.begin(), plan.headers.end(), is_secret);
}

/// Empty where the request may be sent.
std::string FillInUrl(const JourneyStep& step, const Variables& variables, HttpPlan& plan) {
  const auto text = step.target->Expand(variables);
  if (!text) return text.error();
  auto url = io::ParseUrl(text->Reveal());
  if (!url) return url.error().message;
  if (url->scheme != "http" && url->scheme != "https") return "scheme is neither http nor https";
  if (url->host.empty()) return "no host";
  plan.redirects.own_host = url->host;
  plan.url = std::move(*url);
  return {};
}

std::string NameOf(const RequestField& field, const HttpPlan& plan) {
  switch (field.kind) {
    case RequestField::Kind::kHeader:
      return "header " + plan.headers[field.index].first;
    case RequestField::Kind::kCookie:
      return "cookie " + plan.cookies[field.index].first;
    case RequestField::Kind::kAuth:
      break;
  }
  return "auth";
}

/// Likewise.
std::string FillInField(const RequestField& field, const Template& value,
                        const Variables& variables, HttpPlan& plan) {
  auto filled = value.Expand(variables);
  if (!filled) return NameOf(field, plan) + ": " + filled.error();
  if (field.kind == RequestField::Kind::kCookie) {
    const std::string why = WhyNoCookie(plan.cookies[field.index].first, *filled);
    if (!why.empty()) return "cookie " + why;
  }
  FieldOf(plan, field) = std::move(*filled);
  return {};
}

}  // namespace

std::optional<std::string> WhySkipped(const JourneyStep& step, const Variables& variables) {
  if (step.when && !step.when->Holds(variables)) {
    return "when \"" + step.when->text() + "\" does not hold";
  }
  for (const std::string& name : step.names) {
    if (variables.Find(name) == nullptr) return "${" + name + "} was not captured";
  }
  return std::nullopt;
}

tl::expected<std::shared_ptr<HttpPlan>, std::string> FillIn(const JourneyPlan& journey,
                                                            const JourneyStep& step,
                                                            const Variables& variables) {
  auto plan = std::make_shared<HttpPlan>(*step.plan);
  if (step.target) {
    std::string why = FillInUrl(step, variables, *plan);
    if (!why.empty()) return Refusal("target: " + why);
  }
  for (const auto& [field, value] : step.fields) {
    std::string why = FillInField(field, value, variables, *plan);
    if (!why.empty()) return Refusal(std::move(why));
  }
  if (step.body) {
    auto filled = step.body->Expand(variables);
    if (!filled) return Refusal("body: " + filled.error());
    plan->body = std::move(*filled);
  }
  const auto is_known = [&](const io::Url& origin) { return io::IsSameOrigin(origin, plan->url); };
  if (step.is_host_captured && HasSecrets(step, *plan) &&
      std::none_of(journey.origins.begin(), journey.origins.end(), is_known)) {
    return Refusal(
        "target: the captured value leads to a host that no step names, where no secret "
        "is sent");
  }
  return plan;
}

}  // namespace gaikei
