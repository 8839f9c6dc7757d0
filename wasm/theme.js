// Light or dark as the address says, before anything is painted: modules run too late for that.
{
  const asked = /[#?&]theme=(light|dark)(?=&|$)/.exec(location.hash + '&' + location.search);
  if (asked) document.documentElement.dataset.theme = asked[1];
}
