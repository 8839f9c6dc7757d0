// For browsers without modules: they cannot run the program either, and get the still pictures.
document.documentElement.setAttribute('data-state', 'still');
document.getElementById('still-why').textContent = 'This browser is too old for the live page.';
