#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "keytable/row_text.h"

namespace karpspec::keyfile {

using keytable::Place;

// A document as it is read, whether YAML or JSON. A function returns false once there is an error,
// and then the reading stops.
class Events {
 public:
  virtual ~Events() = default;
  virtual bool begin_map(Place place) = 0;
  virtual bool end_map() = 0;
  virtual bool begin_list(Place place) = 0;
  virtual bool end_list() = 0;
  virtual bool key(std::string_view text, Place place) = 0;
  // QUOTED: certainly a text, and no number.
  virtual bool scalar(std::string_view text, bool quoted, Place place) = 0;
  virtual bool null(Place place) = 0;
  [[nodiscard]] virtual const std::optional<Error>& error() const = 0;
};

// Errors: bad_value "FILE:LINE:COLUMN: ...", or the one of EVENTS.
[[nodiscard]] Result<void> read_yaml_events(std::istream& in, const std::string& file,
                                            Events& events);
[[nodiscard]] Result<void> read_json_events(std::istream& in, const std::string& file,
                                            Events& events);

// "FILE:LINE:COLUMN: MESSAGE".
[[nodiscard]] Error error_at(const std::string& file, Place place, std::string_view message);
[[nodiscard]] bool is_utf8(std::string_view text);

inline constexpr std::size_t most_depth = 16;
inline constexpr std::size_t most_text = 65'536;     // octets
inline constexpr std::size_t most_members = 65'536;  // of a set, or keys of a chain

}  // namespace karpspec::keyfile
