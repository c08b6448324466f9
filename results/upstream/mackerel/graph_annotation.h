#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "results/time.h"
#include "results/upstream/mackerel/api.h"
#include "results/upstream/mackerel/outage.h"

namespace gaikei::mackerel {

/// Mackerel's graph annotations API: a stretch of time on a service's graphs, with words.
struct GraphAnnotation {
  std::string title;        ///< at most kTitleLimit characters are sent
  std::string description;  ///< at most kDescriptionLimit
  WallTime from{};
  WallTime to{};  ///< not before `from`
  std::string service;

  static constexpr std::size_t kTitleLimit = 250;
  static constexpr std::size_t kDescriptionLimit = 1024;
};

/// Makes the annotation unless there is one with the same title and times: what was sent before and
/// whose answer was lost is not sent twice. Takes two calls. `done` is told kTaken when it is
/// there.
void Annotate(Api& api, const GraphAnnotation& annotation, std::function<void(Verdict)> done);

/// What tells of an outage.
GraphAnnotation AnnotationOf(const Outage& outage, std::string_view check, std::string_view region,
                             std::string_view service);

}  // namespace gaikei::mackerel
