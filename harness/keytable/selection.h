#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keytable/rules.h"
#include "keytable/table.h"

namespace karpspec::keytable {

// What a routing protocol knows when it wants a key: RFC 7210 section 3 calls these P, H, I and T.
struct Query {
  std::string_view protocol;
  std::string_view peer;       // one of Peers: an address, "link", "group NAME"
  std::string_view interface;  // empty where the protocol has no interfaces
  Time now;
};

// The row to protect an outgoing message with, or nullptr. Of those that may send, the one whose
// SendLifetimeStart is latest; a tie goes to the later SendLifetimeEnd, then the lower
// LocalKeyName, then the lower AdminKeyName. PREFERRED are AlgIDs, best first: where one of them is
// among the rows the best such decides before recency does.
[[nodiscard]] const Row* select_to_send(const Table& table, const Query& query,
                                        std::span<const std::string> preferred = {});

// The rows to verify an incoming message with, the most recent first. LOCAL_KEY_NAME is the name in
// the message; nothing where the protocol has no names, and then every row that fits is to be
// tried.
[[nodiscard]] std::vector<const Row*> select_to_accept(
    const Table& table, const Query& query, std::optional<std::string_view> local_key_name);

// The name that stands in messages protected with ROW: PeerKeyName, or LocalKeyName where the key
// has one name for all (RFC 7210 section 2).
[[nodiscard]] const std::string& name_on_the_wire(const Row& row);

// Whether one message could be meant for either row: same Protocol, a common peer, and a common
// interface, where "all" has every interface in common with anything.
[[nodiscard]] bool scopes_overlap(const Row& a, const Row& b);
// Whether a message that names a key could not tell A from B: both are in use at one time for one
// scope and one connection, LocalKeyName is the same and not empty, and BOOK says that their
// mechanisms share the names.
[[nodiscard]] bool names_clash(const Row& a, const Row& b, const Rulebook& book);
// Whether A and B are keys of one connection with one SendID (RFC 5925 section 3.1): as above, of
// PeerKeyName, where the mechanism has names of either side.
[[nodiscard]] bool send_ids_clash(const Row& a, const Row& b, const Rulebook& book);

}  // namespace karpspec::keytable
