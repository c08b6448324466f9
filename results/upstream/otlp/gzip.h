#pragma once

#include <string>

namespace gaikei::otlp {

/// One gzip member (RFC 1952), at the speed that a backlog wants: what we send repeats itself so
/// much that more effort saves little. Pure.
std::string Gzip(std::string bytes);

}  // namespace gaikei::otlp
