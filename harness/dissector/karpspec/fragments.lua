-- Messages in fragments (RFC 7383), put together of what Wireshark has decrypted. Wireshark does so
-- itself, but shows nothing where the fragments came out of order; this takes and passes over the
-- fragments that `karpspec decode` does.
local karpspec = ...
if type(karpspec) ~= "table" then
  return
end

local most_unfinished, most_fragments = 1024, 256

-- By the message (its SPIs, flags and ID): its fragments by the number of their frame. Frames are
-- read again in any order, so what has come so far is found anew each time.
local messages, count = {}, 0
function karpspec.proto.init()
  messages, count = {}, 0
end

-- The pieces that had come of a message up to the frame LAST, where that one was the last that was
-- missing.
local function complete_at(fragments, last)
  local frames = {}
  for frame in pairs(fragments) do
    if frame <= last then
      frames[#frames + 1] = frame
    end
  end
  table.sort(frames)
  local pieces, have, total = {}, 0, 0
  local complete
  for _, frame in ipairs(frames) do
    local one = fragments[frame]
    complete = nil
    -- A finer cut takes the place of what is there, a coarser one is passed over (section 2.6).
    if one.total > total then
      pieces, have, total = {}, 0, one.total
    end
    if one.total == total and not pieces[one.number] then
      pieces[one.number] = one
      have = have + 1
      if have == total then
        complete = pieces
        pieces, have, total = {}, 0, 0
      end
    end
  end
  return complete
end

-- Takes a fragment, { number =, total =, first =, octets = }, of the message KEY out of FRAME.
-- Returns the octets of the whole message, a ByteArray, and its first payload's type, where this
-- fragment was the last that was missing.
function karpspec.put_together(key, frame, fragment)
  if fragment.number == 0 or fragment.number > fragment.total
    or fragment.total > most_fragments then
    return nil
  end
  if not messages[key] then
    if count >= most_unfinished then
      messages, count = {}, 0
    end
    messages[key] = {}
    count = count + 1
  end
  messages[key][frame] = fragment
  local pieces = complete_at(messages[key], frame)
  if not pieces then
    return nil
  end
  local whole = ByteArray.new()
  for _, piece in ipairs(pieces) do
    whole:append(piece.octets)
  end
  return whole, pieces[1].first
end
