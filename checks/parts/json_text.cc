#include "checks/parts/json_text.h"

#include <nlohmann/json.hpp>

namespace gaikei {

std::string JsonEscape(std::string_view value, bool is_ascii) {
  const std::string quoted =
      nlohmann::json(value).dump(-1, ' ', is_ascii, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace gaikei
