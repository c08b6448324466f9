#include "checks/http/trace_context.h"

#include "checks/io/tls/digest.h"

namespace gaikei {
namespace {

/// So many random bytes that are not all zero, which W3C Trace Context (3.2.2.3, 3.2.2.4) forbids.
std::string RandomId(std::size_t bytes) {
  std::string id;
  do {
    id = io::RandomBytes(bytes);
  } while (id.find_first_not_of('\0') == std::string::npos);
  return io::EncodeHex(id);
}

}  // namespace

std::string NewTraceparent() { return "00-" + RandomId(16) + "-" + RandomId(8) + "-01"; }

}  // namespace gaikei
