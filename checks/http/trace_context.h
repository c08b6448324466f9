#pragma once

#include <string>

namespace gaikei {

/// A `traceparent` of W3C Trace Context, version 00, that begins a trace: a random trace id and
/// parent id, the sampled flag set. Any thread.
std::string NewTraceparent();

}  // namespace gaikei
