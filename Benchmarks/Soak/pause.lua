-- For wrk: each client waits a hundredth of a second before each request.
function delay()
    return 10
end
