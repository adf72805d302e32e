-- filters.lua - asks tshark many display filters at once: FILTERS has one a line. Writes "n NUMBER" to ANSWERS for each
-- packet that the nth filter selects, and "n refused REASON" for a filter that is none.
local out = io.open(os.getenv("ANSWERS"), "w")
local n = 0
for line in io.lines(os.getenv("FILTERS")) do
    n = n + 1
    local id = n
    local fine, tap = pcall(Listener.new, "frame", line)
    if fine then
        function tap.packet(pinfo)
            out:write(id, "\t", pinfo.number, "\n")
        end
    else
        local reason = tostring(tap):gsub("%s+", " ")
        out:write(id, "\trefused\t", reason, "\n")
    end
end
