#include "results/upstream/mackerel/graph_annotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "results/http_text.h"
#include "results/json.h"
#include "results/upstream/mackerel/minute.h"
#include "results/upstream/mackerel/short_text.h"

namespace gaikei::mackerel {
namespace {

constexpr std::string_view kPath = "/api/v0/graph-annotations";

OrderedJson BodyOf(const GraphAnnotation& annotation) {
  return {{"title", Shortened(annotation.title, GraphAnnotation::kTitleLimit)},
          {"description", Shortened(annotation.description, GraphAnnotation::kDescriptionLimit)},
          {"from", UnixSeconds(annotation.from)},
          {"to", UnixSeconds(std::max(annotation.to, annotation.from))},
          {"service", annotation.service}};
}

std::string IfAbsent(const GraphAnnotation& annotation) {
  return fmt::format("there is no service '{}' in that organization", annotation.service);
}

/// Whether it stands among those of an answer.
bool IsAmong(const OrderedJson& body, const std::string& answer) {
  const OrderedJson json = ParseOrderedJson(answer);
  if (!json.is_object() || !json.contains("graphAnnotations")) return false;
  const OrderedJson& all = json["graphAnnotations"];
  return all.is_array() && std::any_of(all.begin(), all.end(), [&](const OrderedJson& one) {
           return one.is_object() && one.contains("title") && one.contains("from") &&
                  one.contains("to") && one["title"] == body["title"] &&
                  one["from"] == body["from"] && one["to"] == body["to"];
         });
}

}  // namespace

void Annotate(Api& api, const GraphAnnotation& annotation, std::function<void(Verdict)> done) {
  const OrderedJson body = BodyOf(annotation);
  ApiCall post;
  post.path = kPath;
  post.body = JsonText(body);
  post.what = "graph annotation";
  post.if_absent = IfAbsent(annotation);
  // Those that touch its end: fewer than those that touch all of it.
  const std::int64_t end = body["to"].get<std::int64_t>();
  ApiCall find;
  find.method = "GET";
  find.path = fmt::format("{}?service={}&from={}&to={}", kPath, PercentEncoded(annotation.service),
                          end - 1, end + 1);
  find.what = "graph annotations";
  find.if_absent = post.if_absent;
  api.Ask(std::move(find), [&api, body, post = std::move(post),
                            done = std::move(done)](const ApiAnswer& found) {
    const bool is_there = found.verdict.kind == Verdict::Kind::kTaken && IsAmong(body, found.body);
    if (is_there || found.verdict.kind != Verdict::Kind::kTaken) return done(found.verdict);
    api.Ask(post, [done](const ApiAnswer& made) { done(made.verdict); });
  });
}

GraphAnnotation AnnotationOf(const Outage& outage, std::string_view check, std::string_view region,
                             std::string_view service) {
  GraphAnnotation annotation;
  annotation.service = service;
  annotation.from = outage.from;
  annotation.to = outage.to;
  annotation.title = fmt::format("{} failed from {}: {}", check, region, Name(outage.reason));
  annotation.description =
      fmt::format("{} failed from {} for {} ({} {}), first by {}", check, region,
                  FormatDuration(outage.to - outage.from), outage.failed,
                  outage.failed == 1 ? "look" : "looks", Name(outage.reason));
  if (!outage.phase.empty()) annotation.description += " in phase " + outage.phase;
  if (!outage.message.empty()) annotation.description += ": " + outage.message;
  return annotation;
}

}  // namespace gaikei::mackerel
