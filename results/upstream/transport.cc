#include "results/upstream/transport.h"

namespace gaikei {

std::string_view PostResponse::Header(std::string_view lower_case_name) const {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->first == lower_case_name) return header->second;
  }
  return {};
}

}  // namespace gaikei
