#pragma once

#include <vector>

#include "results/spool/sample.h"
#include "results/upstream/otlp/traces_model.h"
#include "results/upstream/upstream_spec.h"

namespace gaikei::otlp {

/// An outcome as a trace: a root span for the check or the run of a journey, below it one for each
/// step that was run, and below what speaks to the target one for each phase it went through.
///
/// Where a traceparent was sent the trace is that one, and the span that sent it has the id that it
/// named: what the target says of itself hangs below. Otherwise ids follow from check, region and
/// time, so that the same outcome always gives the same spans.
///
/// Times: the wall clock's where the outcome began, then what was spent, one after another; what no
/// phase explains comes last. Without Sample::json (folded, or damaged) there is the root alone.
std::vector<TraceSpan> TraceOf(const Sample& sample, const LabelMapping& mapping);

}  // namespace gaikei::otlp
